import forge from 'node-forge'
import type { Family } from '../families.ts'
import type { Judge } from '../job.ts'

const { asn1, pki, util } = forge

const decode = (der: Uint8Array) =>
  pki.certificateFromAsn1(asn1.fromDer(util.createBuffer(Buffer.from(der).toString('binary'))))

/** node-forge's chain verification, which is JavaScript down to the multiplication, with the root parsed beforehand. RSA alone. */
export function judgeForge({ root, at }: Family): Judge {
  const store = pki.createCaStore([decode(root.certificate.der)])
  return ({ leaf, intermediate }) => {
    try {
      return pki.verifyCertificateChain(store, [decode(leaf), decode(intermediate)], { validityCheckDate: at })
    } catch {
      return false
    }
  }
}
