import { nameAttributes } from '../../x509/name.ts'
import { isWrittenName, parseDistinguishedName } from '../distinguished-name.ts'
import { createRule, type Rule } from '../rule.ts'

/**
 * Allows the certificates with exactly this subject (RFC 8705 `tls_client_auth_subject_dn`): compared attribute by attribute, never as
 * text, so order within an RDN, escapes and spaces between attributes do not matter, and `CN=foo` is not `CN=foobar`.
 *
 * Values are compared to the letter, case included; string types are not.
 *
 * @param name - RFC 4514, most specific first: `CN=alice,O=Example`. `openssl x509 -noout -subject -nameopt RFC2253` prints it.
 * @throws {ConfigurationError} `ERR_CONFIG_VALUE`, `ERR_CONFIG_EMPTY_RULE`.
 */
export function subject(name: string): Rule {
  const wanted = parseDistinguishedName(name, 'subject()')
  return createRule(`subject(${name})`, (identity) => ({
    allowed: isWrittenName(nameAttributes(identity.certificate.subject), wanted),
    presented: identity.subject === '' ? [] : [identity.subject],
  }))
}
