import { cursorOver, enter, readAny, TAG } from '../../encoding/der.ts'
import { readOid } from '../../encoding/oid.ts'
import type { Certificate } from '../../x509/certificate.ts'
import { decodeDirectoryString } from '../../x509/directory-string.ts'
import type { GeneralName } from '../../x509/general-name.ts'
import { nameAttributes } from '../../x509/name.ts'

const EMAIL_ADDRESS = '1.2.840.113549.1.9.1'

/** A mail address that needs more than ASCII, as an otherName (RFC 9598 section 3). */
const SMTP_UTF8_MAILBOX = '1.3.6.1.5.5.7.8.9'

/**
 * Every name of a certificate that constraints apply to (RFC 5280 6.1.3 b, c): its alternative names, its subject as a directoryName, and the
 * mail addresses in its subject. An internationalised address is under the constraints on addresses too (RFC 9598 section 6).
 *
 * Departs from 4.2.1.10, which looks at those addresses only where there is no subjectAltName: whoever reads them does not ask either.
 */
export function namesOf(certificate: Certificate): readonly GeneralName[] {
  const names = known.get(certificate) ?? readNames(certificate)
  known.set(certificate, names)
  return names
}

/** A search asks for those of one certificate on every path that it completes. */
const known = new WeakMap<Certificate, readonly GeneralName[]>()

function readNames({ subject, extensions }: Certificate): readonly GeneralName[] {
  const names: GeneralName[] = (extensions.subjectAltName ?? []).flatMap((name) =>
    name.type === 'otherName' && name.oid === SMTP_UTF8_MAILBOX ? [name, mailboxOf(name)] : [name],
  )
  if (subject.isEmpty) return names
  names.push({ type: 'directoryName', value: subject })
  for (const { oid, value } of nameAttributes(subject).flat()) {
    if (oid === EMAIL_ADDRESS) names.push({ type: 'email', value: value ?? '' })
  }
  return names
}

/** What is no UTF8String is no address: empty, and so of no form that could be permitted. */
function mailboxOf({ der }: Extract<GeneralName, { type: 'otherName' }>): GeneralName {
  const otherName = enter(cursorOver(der), 0xa0)
  readOid(otherName)
  const explicit = enter(otherName, 0xa0)
  const { tag, value, end } = readAny(explicit)
  const text = tag === TAG.utf8String ? decodeDirectoryString(tag, explicit.bytes.subarray(value, end)) : null
  return { type: 'email', value: text ?? '' }
}
