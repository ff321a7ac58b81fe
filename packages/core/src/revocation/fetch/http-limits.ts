/** What holds for every message of HTTP that is read. */

/** Largest head of an answer, in octets: what Node allows by itself, and not what `--max-http-header-size` makes of it. */
const MAX_HEAD_BYTES = 16_384

export const HTTP_LIMITS = {
  maxHeaderSize: MAX_HEAD_BYTES,
  // `--insecure-http-parser` would let an answer be read that others read differently.
  insecureHTTPParser: false,
  setHost: false,
} as const
