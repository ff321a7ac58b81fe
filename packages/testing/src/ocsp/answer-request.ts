import { type CertID, OCSPRequest } from 'pkijs'
import type { Authority } from '../authority.ts'
import type { Extension } from '../extensions.ts'
import { HASH_OIDS, type HashName } from '../signing/scheme.ts'
import { issuerHashes } from './cert-id.ts'
import { mintOcspError, mintOcspResponse, type OcspResponseOptions } from './mint-response.ts'
import type { OcspStatus, SingleResponseOptions } from './single-response.ts'

/** A responder of one authority: what it knows, and how it answers. */
export type OcspResponder = Omit<OcspResponseOptions, 'responses' | 'nonce'> &
  Pick<SingleResponseOptions, 'thisUpdate' | 'nextUpdate'> &
  Readonly<{
    /** What is said of a certificate of the issuer, by its number as `x509.serialNumber` writes it. Default: `'good'` of all. */
    statusOf?: (serialNumber: string) => OcspStatus
    /** Default `'echo'`; bytes are a nonce of somebody else's request. */
    nonce?: 'echo' | 'omit' | Uint8Array
  }>

const NONCE = '1.3.6.1.5.5.7.48.1.2'

/**
 * Answers an OCSP request as a responder would. Pure: for a server on loopback to call, or a test without one.
 *
 * The request is read by pkijs, the answer minted by {@link mintOcspResponse}; each CertID comes back as it was asked.
 *
 * @param request - DER of an OCSPRequest. Whatever is none is answered `malformedRequest`.
 * @param responders - One, or several of different issuers. Whoever is asked about nobody's certificates answers `unauthorized` (RFC 5019 section 2.2.3).
 * @returns DER of an OCSPResponse.
 */
export function answerOcspRequest(
  request: Uint8Array,
  responders: OcspResponder | readonly OcspResponder[],
): Uint8Array {
  const asked = readRequest(request)
  if (asked === undefined) return mintOcspError('malformedRequest')
  const responder = [responders].flat().find(({ issuer }) => asked.certIds.every((each) => isOf(each, issuer)))
  if (responder === undefined) return mintOcspError('unauthorized')
  const { statusOf = () => 'good', nonce = 'echo', thisUpdate, nextUpdate, ...options } = responder
  const echoed = nonce === 'echo' ? asked.nonces : []
  return mintOcspResponse({
    ...options,
    responses: asked.certIds.map((certId) => ({
      certId: new Uint8Array(certId.toSchema().toBER()),
      status: statusOf(serialNumberOf(certId)),
      ...(thisUpdate === undefined ? {} : { thisUpdate }),
      ...(nextUpdate === undefined ? {} : { nextUpdate }),
    })),
    nonce: nonce instanceof Uint8Array ? nonce : null,
    extensions: [...echoed, ...(options.extensions ?? [])],
  })
}

/** Who is asked about, and the nonce extensions as they came. */
type Asked = Readonly<{ certIds: readonly CertID[]; nonces: readonly Extension[] }>

function readRequest(request: Uint8Array): Asked | undefined {
  try {
    const { requestList, requestExtensions = [] } = OCSPRequest.fromBER(request.slice()).tbsRequest
    const nonces = requestExtensions.filter(({ extnID }) => extnID === NONCE)
    return {
      certIds: requestList.map(({ reqCert }) => reqCert),
      nonces: nonces.map(({ extnValue }) => ({ oid: NONCE, value: extnValue.valueBlock.valueHexView })),
    }
  } catch {
    return undefined
  }
}

function isOf({ hashAlgorithm, issuerNameHash, issuerKeyHash }: CertID, issuer: Authority): boolean {
  const hash = HASHES.find((name) => HASH_OIDS[name] === hashAlgorithm.algorithmId)
  if (hash === undefined) return false
  const { name, key } = issuerHashes(issuer, hash)
  const isSame = (octets: Uint8Array, other: Uint8Array) => Buffer.compare(octets, other) === 0
  return isSame(issuerNameHash.valueBlock.valueHexView, name) && isSame(issuerKeyHash.valueBlock.valueHexView, key)
}

const HASHES = Object.keys(HASH_OIDS) as HashName[]

/** As `x509.serialNumber` writes it: upper case, two digits for each octet, without leading zeros. */
function serialNumberOf({ serialNumber }: CertID): string {
  const digits = BigInt(`0x${Buffer.from(serialNumber.valueBlock.valueHexView).toString('hex')}`).toString(16)
  return digits.padStart(digits.length + (digits.length % 2), '0').toUpperCase()
}
