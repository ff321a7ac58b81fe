import { verify } from 'node:crypto'
import { parseCertificate } from '@clientcert/core/x509'
import type { Answers } from '../answers.ts'
import type { Judge } from '../job.ts'

/** Two signatures of the kind, over octets of about the length: nothing that has to be done takes less. */
export function judgeBare({ subject, issuer }: Answers): Judge {
  const parsed = parseCertificate(subject.certificate.der)
  if (!parsed.ok) throw new Error(parsed.failure.message)
  const { tbs, signature } = parsed.value
  const isSigned = () => verify('sha256', tbs, issuer.publicKey, signature)
  return () => isSigned() && isSigned()
}
