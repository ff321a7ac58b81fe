import type { Internals } from '../../../internals.ts'
import type { Answers } from '../answers.ts'
import type { Judge } from '../job.ts'

/** The whole: parsing, which certificate it is of, who may sign, both signatures, times, the meaning. */
export function judgeOurs({ verifyOcspResponse, parseCertificate, NO_WEAKNESS }: Internals, answers: Answers): Judge {
  const parse = (der: Uint8Array) => {
    const parsed = parseCertificate(der)
    if (!parsed.ok) throw new Error(parsed.failure.message)
    return parsed.value
  }
  const { subject, issuer } = answers
  const question = {
    certificate: parse(subject.certificate.der),
    issuer: parse(issuer.certificate.der),
    at: Date.now(),
    skewMs: 60_000,
    allowedWeaknesses: NO_WEAKNESS,
    origin: 'http://ocsp.bench.example/',
  }
  // Never asked: the responders have nocheck.
  const options = { nonce: null, statusOfResponder: () => Promise.resolve('unknown' as const) }
  return async (answer) => (await verifyOcspResponse(answer, question, options)).kind === 'good'
}
