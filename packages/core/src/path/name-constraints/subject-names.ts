import type { Certificate } from '../../x509/certificate.ts'
import type { GeneralName } from '../../x509/general-name.ts'
import { nameAttributes } from '../../x509/name.ts'

const EMAIL_ADDRESS = '1.2.840.113549.1.9.1'

/**
 * Every name of a certificate that constraints apply to (RFC 5280 6.1.3 b, c): its alternative names, its subject as a directoryName, and the
 * mail addresses in its subject.
 *
 * Departs from 4.2.1.10, which looks at those addresses only where there is no subjectAltName: whoever reads them does not ask either.
 */
export function namesOf({ subject, extensions }: Certificate): readonly GeneralName[] {
  const names: GeneralName[] = [...(extensions.subjectAltName ?? [])]
  if (subject.isEmpty) return names
  names.push({ type: 'directoryName', value: subject })
  for (const { oid, value } of nameAttributes(subject).flat()) {
    if (oid === EMAIL_ADDRESS) names.push({ type: 'email', value: value ?? '' })
  }
  return names
}
