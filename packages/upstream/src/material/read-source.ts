import type { TlsMaterialSource } from '@clientcert/core'
import type { Found, FoundMaterial } from './found-material.ts'
import { materialError } from './material-error.ts'
import { bounded } from './read-files.ts'

/**
 * Reads what a source has loaded: whoever wrote the source, and however it is typed, a part that is not there or not what it should be is refused.
 *
 * @throws {MaterialError} `ERR_MATERIAL_MISSING`, `ERR_MATERIAL_MALFORMED`, `ERR_MATERIAL_TOO_LARGE`.
 */
export function readLoaded({ name }: TlsMaterialSource, loaded: unknown): FoundMaterial {
  const part = (key: string): unknown =>
    typeof loaded === 'object' && loaded !== null ? Reflect.get(loaded, key) : undefined
  const found = (key: string): Found | null => {
    const value = part(key)
    if (value === undefined) return null
    const from = `${name} (${key})`
    if (typeof value === 'string') return bounded({ option: 'source', from, bytes: Buffer.from(value, 'utf8') })
    if (value instanceof Uint8Array) return bounded({ option: 'source', from, bytes: Uint8Array.from(value) })
    throw malformed(from, `it is a ${typeof value}, and should be text or bytes`)
  }
  const required = (key: string, what: string): Found => {
    const value = found(key)
    if (value !== null) return value
    const reason = `it loaded no \`${key}\``
    throw materialError('ERR_MATERIAL_MISSING', { option: 'source', from: name, what, reason })
  }
  const passphrase = part('passphrase')
  if (passphrase !== undefined && typeof passphrase !== 'string') {
    throw malformed(`${name} (passphrase)`, `it is a ${typeof passphrase}, and should be text`)
  }
  const pfx = found('pfx')
  if (pfx !== null && (part('certChain') !== undefined || part('privateKey') !== undefined)) {
    throw malformed(name, 'a PFX stands beside a certificate or key')
  }
  return {
    own:
      pfx !== null
        ? { kind: 'pfx', pfx, passphrase }
        : {
            kind: 'pair',
            certChain: required('certChain', 'the certificate'),
            privateKey: required('privateKey', 'the private key'),
            passphrase,
          },
    authorities: found('caCertChain'),
  }
}

const malformed = (from: string, reason: string) =>
  materialError('ERR_MATERIAL_MALFORMED', { option: 'source', from, what: 'material', reason })
