import { type FailureTable, type FailureUnion, failureMaker } from '../failure.ts'

export interface EncodingEvidence {
  /** `offset` counts characters of the input; the text itself is never repeated. */
  ERR_ENCODING_BASE64: { readonly offset: number; readonly reason: string }
  ERR_ENCODING_PERCENT: { readonly offset: number; readonly reason: string }
  ERR_ENCODING_PEM: {
    readonly offset: number
    readonly reason: string
    /** Whether two blocks stand on one line, as two files concatenated without a newline do. */
    readonly isGlued: boolean
  }
  ERR_ENCODING_TOO_LARGE: {
    readonly limit: number
    readonly present: number
    readonly unit: 'bytes' | 'characters' | 'lines' | 'blocks' | 'certificates'
  }
}

export type EncodingFailure = FailureUnion<EncodingEvidence>

export const ENCODING_FAILURES: FailureTable<EncodingEvidence> = {
  ERR_ENCODING_BASE64: {
    fault: 'proxy',
    clause: 'RFC 4648 section 3.5',
    meaning: 'The text is not canonical base64: a foreign character, wrong padding, or bits set that no byte owns.',
    message: ({ offset, reason }) => `base64 is broken at character ${offset}: ${reason}`,
    hint: 'Compare what the proxy sends with the format configured in `from`.',
  },
  ERR_ENCODING_PERCENT: {
    fault: 'proxy',
    clause: 'RFC 3986 section 2.1',
    meaning: 'The text is not percent-encoded ASCII.',
    message: ({ offset, reason }) => `percent-encoding is broken at character ${offset}: ${reason}`,
    hint: 'nginx must send $ssl_client_escaped_cert; $ssl_client_cert and $ssl_client_raw_cert are not header-safe.',
  },
  ERR_ENCODING_PEM: {
    fault: 'proxy',
    clause: 'RFC 7468 section 3 (strict)',
    meaning: 'The text is not a sequence of CERTIFICATE blocks in PEM.',
    message: ({ offset, reason }) => `PEM is broken at character ${offset}: ${reason}`,
    hint: 'Each block is `-----BEGIN CERTIFICATE-----`, base64, `-----END CERTIFICATE-----`, each marker on a line of its own.',
  },
  ERR_ENCODING_TOO_LARGE: {
    fault: 'client',
    clause: 'limits.presentedBytes',
    meaning: 'More was presented than the limits allow, so nothing of it was looked at.',
    message: ({ limit, present, unit }) => `${present} ${unit} presented, at most ${limit} are looked at`,
    hint: 'Present the certificate and its intermediates only; raise `limits.presentedBytes` if your certificates really are that large: PEM may have twice as many characters.',
  },
}

export const encodingFailure = failureMaker('encoding', ENCODING_FAILURES)
