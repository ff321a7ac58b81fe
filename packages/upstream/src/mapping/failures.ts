/** Everything for which the path of a request is not looked up, let alone forwarded, in one table. */

export interface MappingFailure {
  readonly code: MappingCode
  /** What a proxy answers: 400, 404 or 414. */
  readonly statusCode: number
  /** The clause or the attack behind the rule. */
  readonly clause: string
  /** Constant: nothing of the request is in it. */
  readonly message: string
  readonly hint: string
}

const failure = <Code extends string>(
  code: Code,
  statusCode: number,
  clause: string,
  message: string,
  hint: string,
): Readonly<{ code: Code; statusCode: number; clause: string; message: string; hint: string }> =>
  Object.freeze({ code, statusCode, clause, message, hint })

/** What the client can do about most of them. */
const RESOLVE = 'Clients resolve a path before they send it (RFC 3986 5.2.4); send it so.'

export const MAPPING_FAILURES = Object.freeze({
  ERR_MAPPING_UNMATCHED: failure(
    'ERR_MAPPING_UNMATCHED',
    404,
    'RFC 9110 15.5.5',
    'no mapping has a prefix of this path',
    'A prefix is matched as it is written: `/productpage/` does not match `/productpage`.',
  ),
  ERR_MAPPING_LENGTH: failure(
    'ERR_MAPPING_LENGTH',
    414,
    'RFC 9110 4.1',
    'the request target is too long',
    'Send what is long in the body. The limit is MAX_TARGET_LENGTH.',
  ),
  ERR_MAPPING_FORM: failure(
    'ERR_MAPPING_FORM',
    400,
    'RFC 9112 3.2.1',
    'the request target is not in origin-form',
    'Send a path that begins with `/`: the host of an absolute-form may be another than that of the Host header.',
  ),
  ERR_MAPPING_CHARACTER: failure(
    'ERR_MAPPING_CHARACTER',
    400,
    'RFC 3986 2',
    'the request target has a character that no URL has: a space, a control character, one outside of ASCII, or a fragment',
    'Percent-encode it as UTF-8.',
  ),
  ERR_MAPPING_ENCODING: failure(
    'ERR_MAPPING_ENCODING',
    400,
    'RFC 3986 2.1',
    'the path has a percent sign without two hexadecimal digits, an encoded control character, or what is not UTF-8',
    'Percent-encode the path once, as UTF-8. An overlong encoding is a way to write `/` and `.` past a check.',
  ),
  ERR_MAPPING_SEPARATOR: failure(
    'ERR_MAPPING_SEPARATOR',
    400,
    'RFC 3986 2.2',
    'the path has a backslash, or a slash or backslash that is percent-encoded, once or more often',
    'Whether it separates segments is for each server behind to say, and they disagree: send it in the query or the body.',
  ),
  ERR_MAPPING_EMPTY_SEGMENT: failure(
    'ERR_MAPPING_EMPTY_SEGMENT',
    400,
    'RFC 3986 3.3',
    'the path has an empty segment: `//`',
    'Send one slash: some servers merge them and others do not, so that rules for paths are passed by.',
  ),
  ERR_MAPPING_DOT_SEGMENT: failure(
    'ERR_MAPPING_DOT_SEGMENT',
    400,
    'RFC 3986 5.2.4',
    'the path has a segment `.` or `..`, as it stands, percent-encoded, or before a `;`',
    RESOLVE,
  ),
  ERR_MAPPING_AMBIGUOUS: failure(
    'ERR_MAPPING_AMBIGUOUS',
    400,
    'RFC 3986 6.2.2.2',
    'the path as it stands and the path once decoded are not of the same mapping',
    'Send letters, digits and `-._~` as they are: `/%61dmin/` would pass by a rule for `/admin/`.',
  ),
  ERR_MAPPING_REWRITTEN: failure(
    'ERR_MAPPING_REWRITTEN',
    400,
    'RFC 3986 5.2.4',
    'the path with its prefix replaced would leave what the mapping leads to',
    'Let `prefix` and `rewrite` both end with a slash, or neither: of `/a../b`, the prefix `/a` and the rewrite `/c/` make `/c/../b`.',
  ),
})

export type MappingCode = keyof typeof MAPPING_FAILURES

/** What answers a request that is not forwarded, as frameworks take it: a status, and a constant message that may be shown. It has no stack. */
export class MappingError extends Error {
  override readonly name = 'MappingError'
  readonly code: MappingCode
  readonly statusCode: number
  /** The same, under the name that Express and Koa use. */
  readonly status: number
  readonly expose = true
  readonly failure: MappingFailure

  constructor(code: MappingCode) {
    const failure = MAPPING_FAILURES[code]
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(failure.message)
    Error.stackTraceLimit = stackTraceLimit
    this.code = code
    this.statusCode = failure.statusCode
    this.status = failure.statusCode
    this.failure = failure
  }
}
