/** Exact rules on the names in subjectAltName, one for each type. No wildcards: a certificate says who it is, not whom it resembles. */
import { BlockList, isIP } from 'node:net'
import { ConfigurationError, shown } from '../../configuration-error.ts'
import type { SubjectAltNames } from '../../identity/client-identity.ts'
import { isSpiffeId } from '../../identity/spiffe-id.ts'
import { createRule, type Rule } from '../rule.ts'

/**
 * Allows the certificates that carry this DNS name (RFC 5280 4.2.1.6). Case does not matter (RFC 4343); a wildcard in the certificate is a name
 * like any other and matches only itself.
 */
export const dns = (name: string): Rule => exactName('dns', name, (text) => text.toLowerCase())

/** Allows the certificates that carry this mail address. To the letter in the local part, without case behind the `@` (RFC 5280 7.5). */
export const email = (address: string): Rule =>
  exactName('email', address, (text) => text.replace(/@[^@]*$/, (host) => host.toLowerCase()))

/** Allows the certificates that carry this URI, compared to the letter. For SPIFFE use {@link spiffeId}, which demands more. */
export const uri = (identifier: string): Rule => exactName('uri', identifier, (text) => text)

/** Allows the certificates that carry this IP address, however it is written. */
export function ip(address: string): Rule {
  const family = typeof address === 'string' ? isIP(address) : 0
  if (family === 0) throw invalid('ip()', address, 'Give an IPv4 or IPv6 address.')
  const wanted = new BlockList()
  const word = family === 4 ? 'ipv4' : 'ipv6'
  wanted.addAddress(address, word)
  return createRule(`ip(${address})`, ({ subjectAltNames }) => ({
    // An address of the other family is none of this one, and so not in the list.
    allowed: subjectAltNames.ip.some((each) => wanted.check(each, word)),
    presented: subjectAltNames.ip,
  }))
}

/**
 * Allows the X.509-SVID with this SPIFFE id (X509-SVID section 5.2): the certificate's one URI, to the letter, and no certification authority.
 *
 * @throws {ConfigurationError} `ERR_CONFIG_VALUE` where the text is no SPIFFE id with a path.
 */
export function spiffeId(id: string): Rule {
  if (typeof id !== 'string' || !isSpiffeId(id) || id.indexOf('/', 'spiffe://'.length) === -1) {
    throw invalid('spiffeId()', id, 'Give one like spiffe://example.org/ns/prod/sa/api.')
  }
  return createRule(`spiffeId(${id})`, (identity) => ({
    allowed: identity.spiffeId === id,
    presented: identity.subjectAltNames.uri,
  }))
}

/** Names are IA5String (RFC 5280 4.2.1.6), and no other letter may pass for one of theirs: U+212A in lower case is `k`. */
const ASCII = /^[ -~]+$/

function exactName(type: keyof SubjectAltNames, name: string, normalise: (text: string) => string): Rule {
  if (typeof name !== 'string' || !ASCII.test(name)) {
    throw invalid(`${type}()`, name, 'Give a name in ASCII, as certificates hold it: xn--... for IDNs.')
  }
  const wanted = normalise(name)
  return createRule(`${type}(${name})`, ({ subjectAltNames }) => ({
    allowed: subjectAltNames[type].some((each) => normalise(each) === wanted),
    presented: subjectAltNames[type],
  }))
}

const invalid = (option: string, value: unknown, fix: string) =>
  value === ''
    ? new ConfigurationError('ERR_CONFIG_EMPTY_RULE', option, 'is empty', fix)
    : new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(value)}`, fix)
