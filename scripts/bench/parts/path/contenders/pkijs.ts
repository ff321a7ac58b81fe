import { webcrypto } from 'node:crypto'
import { Certificate, CertificateChainValidationEngine, CryptoEngine, setEngine } from 'pkijs'
import type { Family } from '../families.ts'
import type { Judge } from '../job.ts'

const decode = (der: Uint8Array) => Certificate.fromBER(der)

/** pkijs's chain engine, end entity last as it wants it, with the root parsed beforehand. Cold alone: it has no place for known issuers. */
export function judgePkijs({ root, at }: Family): Judge {
  setEngine('node', new CryptoEngine({ name: 'node', crypto: webcrypto }))
  const anchor = decode(root.certificate.der)
  return async ({ leaf, intermediate }) => {
    const certs = [decode(intermediate), decode(leaf)]
    const engine = new CertificateChainValidationEngine({ trustedCerts: [anchor], certs, checkDate: at })
    return (await engine.verify()).result
  }
}
