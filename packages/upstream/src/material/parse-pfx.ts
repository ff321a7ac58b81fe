/**
 * A PFX (PKCS #12, RFC 7292) as the certificate chain and key that it holds.
 *
 * It is taken apart rather than given to `createSecureContext` as it is: a context of a PFX trusts every authority in it as well, whatever `ca` says (Node 20 to 26).
 *
 * Node has no function that reads one. OpenSSL opens it, checks its MAC and finds the certificate of the key, in a context that is used for nothing else; the certificate,
 * and one issuer after another, are then asked of that context, which Node has for `getCertificate()` of a socket. (A handshake with ourselves would show
 * the same by documented functions only, and later than a constructor can throw.) The key stands by itself in the PFX, encrypted as PKCS #8.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { parseCertificate } from '@clientcert/core/x509'
import { type Found, type FoundPfx, MAX_CHAIN_CERTIFICATES } from './found-material.ts'
import { materialError, reasonOf } from './material-error.ts'
import { type OwnCertificate, pemOf } from './own-certificate.ts'
import { findPfxKeys, type PfxKey } from './pfx-keys.ts'

/**
 * Reads the chain and the key of a PFX.
 *
 * Of other certificates in it only those count that lead on from ours, one after another.
 *
 * @throws {MaterialError} `ERR_MATERIAL_PASSPHRASE`, `ERR_MATERIAL_MALFORMED`, `ERR_MATERIAL_TOO_LARGE`.
 */
export function parsePfx({ pfx, passphrase }: FoundPfx): OwnCertificate {
  const { option, from } = pfx
  const malformed = (reason: string, cause?: unknown) =>
    materialError('ERR_MATERIAL_MALFORMED', { option, from, what: 'PFX', reason }, cause)
  const context = open(pfx, passphrase)
  const ders = chainOf(context)
  if (ders.length > MAX_CHAIN_CERTIFICATES) {
    const bound = { limit: MAX_CHAIN_CERTIFICATES, present: ders.length, unit: 'certificates' } as const
    throw materialError('ERR_MATERIAL_TOO_LARGE', { option, from, ...bound })
  }
  const [endEntity, ...issuers] = ders.map((der, position) => {
    const parsed = parseCertificate(der, { position })
    if (parsed.ok) return parsed.value
    throw malformed(`certificate ${position + 1}: ${parsed.failure.message}`)
  })
  if (endEntity === undefined) throw malformed('this Node does not say which certificate is in it')
  let keys: readonly PfxKey[]
  try {
    keys = findPfxKeys(pfx.bytes)
  } catch (thrown) {
    throw malformed(reasonOf(thrown), thrown)
  }
  const own = new X509Certificate(endEntity.der)
  const key = keys.find((each) => {
    const opened = openKey(each, passphrase)
    return opened !== null && own.checkPrivateKey(opened)
  })
  if (key === undefined) throw malformed('its key is not where OpenSSL, Java and Windows write it')
  const chain = [endEntity, ...issuers] as const
  const identity = {
    cert: chain.map(pemOf).join(''),
    key: Buffer.from(keyPem(key)),
    // OpenSSL asks for none where a PFX is encrypted with the empty one.
    ...(key.kind === 'encrypted' ? { passphrase: passphrase ?? '' } : {}),
  }
  return { identity: Object.freeze(identity), chain, place: { option, from } }
}

function open({ option, from, bytes }: Found, passphrase: string | undefined): SecureContext {
  const own = passphrase === undefined ? {} : { passphrase }
  try {
    // No authorities: an issuer that is Node's own and not in the PFX would be found as well.
    return createSecureContext({ pfx: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), ...own, ca: [] })
  } catch (thrown) {
    const reason = reasonOf(thrown)
    if (/mac verify failure/i.test(reason)) {
      const problem = passphrase === undefined ? 'missing' : 'wrong'
      throw materialError('ERR_MATERIAL_PASSPHRASE', { option, from, problem }, thrown)
    }
    // RC2 is what `openssl pkcs12 -legacy` and OpenSSL 1.1 wrote. OpenSSL 3 has it in a provider that Node does not load.
    const isOld = /unsupported/i.test(reason)
    const why = isOld ? `${reason}: it is encrypted with what OpenSSL 3 no longer opens, such as RC2` : reason
    throw materialError('ERR_MATERIAL_MALFORMED', { option, from, what: 'PFX', reason: why }, thrown)
  }
}

/** The certificate of a context, and its issuers as far as the context holds them; one more than is taken where there are more. */
function chainOf({ context }: SecureContext): readonly Uint8Array[] {
  const chain: Uint8Array[] = []
  let next = ask(context, 'getCertificate')
  while (next instanceof Uint8Array && chain.length <= MAX_CHAIN_CERTIFICATES) {
    const der = new Uint8Array(next)
    if (chain.some((known) => Buffer.compare(known, der) === 0)) break // The root is its own issuer.
    chain.push(der)
    // Whatever certificate the context has, it looks for the issuer of.
    ask(context, 'setCert', new X509Certificate(der).toString())
    next = ask(context, 'getIssuer')
  }
  return chain
}

function ask(context: unknown, method: string, ...values: readonly string[]): unknown {
  const found: unknown = typeof context === 'object' && context !== null ? Reflect.get(context, method) : undefined
  return typeof found === 'function' ? Reflect.apply(found, context, values) : undefined
}

function openKey({ kind, der }: PfxKey, passphrase = ''): KeyObject | null {
  const input = { key: Buffer.from(der), format: 'der', type: 'pkcs8' } as const
  try {
    return createPrivateKey(kind === 'encrypted' ? { ...input, passphrase } : input)
  } catch {
    return null // Of another bag than OpenSSL took, or with a passphrase of its own.
  }
}

function keyPem({ kind, der }: PfxKey): string {
  const label = kind === 'encrypted' ? 'ENCRYPTED PRIVATE KEY' : 'PRIVATE KEY'
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
