/** rfc822Name against its constraints (RFC 5280 4.2.1.10): a mailbox, all mailboxes on a host, or, with a leading period, of a domain's hosts. */
import { isDnsName } from './dns.ts'

export interface Mailbox {
  readonly local: string
  readonly host: string
}

/** RFC 5321 4.5.3.1: 64 octets before the `@`, 255 after it. A thousand comparisons with a constraint of 60 kB took 150 ms. */
const MAX_MAILBOX = 320

/** Takes a mailbox apart; undefined where it is none (RFC 2821 Mailbox without quoting, which no certificate needs; beyond ASCII as in RFC 9598). */
export function parseMailbox(address: string): Mailbox | undefined {
  if (address.length > MAX_MAILBOX) return undefined
  const at = address.lastIndexOf('@')
  const [local, host] = [address.slice(0, Math.max(at, 0)), address.slice(at + 1)]
  const isLocal = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\u0080-\u{10ffff}-]+$/u.test(local)
  return at > 0 && isLocal && isDnsName(host) && !host.startsWith('*') ? { local, host } : undefined
}

export const isEmailConstraint = (constraint: string): boolean =>
  constraint.includes('@')
    ? parseMailbox(constraint) !== undefined
    : isDnsName(constraint.replace(/^\./, '')) && !constraint.includes('*')

/**
 * The local part is compared to the letter, the host without case (RFC 5280 7.5).
 *
 * @param constraint - For which {@link isEmailConstraint} holds.
 */
export function isEmailWithin({ local, host }: Mailbox, constraint: string): boolean {
  const at = constraint.lastIndexOf('@')
  const [name, wanted] = [host.toLowerCase(), constraint.slice(at + 1).toLowerCase()]
  if (at >= 0) return name === wanted && local === constraint.slice(0, at)
  return wanted.startsWith('.') ? name.endsWith(wanted) && name.length > wanted.length : name === wanted
}
