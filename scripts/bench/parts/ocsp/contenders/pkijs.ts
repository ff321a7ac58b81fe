import { webcrypto } from 'node:crypto'
import { BasicOCSPResponse, Certificate, CryptoEngine, OCSPResponse, setEngine } from 'pkijs'
import type { Answers } from '../answers.ts'
import type { Judge } from '../job.ts'

/** Its own verification, with the issuer parsed beforehand, and the status of the certificate. */
export function judgePkijs({ issuer, subject }: Answers): Judge {
  setEngine('node', new CryptoEngine({ name: 'node', crypto: webcrypto }))
  const anchor = Certificate.fromBER(issuer.certificate.der)
  const certificate = Certificate.fromBER(subject.certificate.der)
  return async (answer) => {
    const { responseBytes } = OCSPResponse.fromBER(answer)
    if (!responseBytes) return false
    const basic = BasicOCSPResponse.fromBER(responseBytes.response.valueBlock.valueHexView)
    try {
      if (!(await basic.verify({ trustedCerts: [anchor] }))) return false
    } catch {
      return false
    }
    const { isForCertificate, status } = await basic.getCertificateStatus(certificate, anchor)
    return isForCertificate && status === 0
  }
}
