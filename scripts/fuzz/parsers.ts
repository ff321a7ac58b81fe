/** pkijs as a second reader: what both can read, both must read alike. */
import { type Certificate, parseCertificate } from '@clientcert/core/x509'
import { Certificate as PkijsCertificate } from 'pkijs'

/** `'lenient'` is what a strict reader is for: pkijs reads BER. */
export type ParserVerdict =
  | Readonly<{ kind: 'alike' | 'neither' | 'lenient' }>
  /** Read here, and refused or read otherwise there. */
  | Readonly<{ kind: 'apart'; field: string }>

export function compareParsers(bytes: Uint8Array): ParserVerdict {
  const ours = parseCertificate(bytes)
  const theirs = parseThere(bytes)
  if (!ours.ok) return { kind: theirs ? 'lenient' : 'neither' }
  if (!theirs) return { kind: 'apart', field: 'the whole' }
  const [here, there] = [fieldsHere(ours.value), fieldsThere(theirs)]
  const field = (Object.keys(here) as (keyof Fields)[]).find((name) => here[name] !== there[name])
  return field === undefined
    ? { kind: 'alike' }
    : { kind: 'apart', field: `${field}: ${here[field]} here, ${there[field]} there` }
}

/** A certificate as text, field by field. */
interface Fields {
  readonly tbs: string
  readonly version: string
  readonly serialNumber: string
  readonly signatureAlgorithm: string
  readonly notBefore: string
  readonly notAfter: string
  readonly signature: string
  readonly extensions: string
}

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')

function fieldsHere(certificate: Certificate): Fields {
  const { tbs, version, serialNumber, signatureAlgorithm, notBefore, notAfter, signature, extensions } = certificate
  return {
    tbs: hex(tbs),
    version: String(version),
    serialNumber: hex(serialNumber),
    signatureAlgorithm: signatureAlgorithm.oid,
    notBefore: instantThere(notBefore),
    notAfter: instantThere(notAfter),
    signature: hex(signature),
    extensions: extensions.all.map(({ oid, critical, value }) => `${oid} ${critical} ${hex(value)}`).join('; '),
  }
}

/** asn1js hands the years 0 to 99 to Date, which takes them for 1900 to 1999. */
function instantThere(milliseconds: number): string {
  const instant = new Date(milliseconds)
  const year = instant.getUTCFullYear()
  if (year < 100) instant.setUTCFullYear(year + 1900)
  return String(instant.getTime())
}

function fieldsThere(certificate: PkijsCertificate): Fields {
  const { tbsView, version, serialNumber, signatureAlgorithm, notBefore, notAfter, signatureValue, extensions } =
    certificate
  return {
    tbs: hex(tbsView),
    version: String(version + 1),
    serialNumber: hex(serialNumber.valueBlock.valueHexView),
    signatureAlgorithm: signatureAlgorithm.algorithmId,
    notBefore: String(notBefore.value.getTime()),
    notAfter: String(notAfter.value.getTime()),
    signature: hex(signatureValue.valueBlock.valueHexView),
    extensions: (extensions ?? [])
      .map(({ extnID, critical, extnValue }) => `${extnID} ${critical} ${hex(extnValue.valueBlock.valueHexView)}`)
      .join('; '),
  }
}

function parseThere(bytes: Uint8Array): PkijsCertificate | undefined {
  try {
    return PkijsCertificate.fromBER(bytes)
  } catch {
    return undefined
  }
}
