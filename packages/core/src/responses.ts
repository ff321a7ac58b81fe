import { readWord } from './configuration.ts'
import { ConfigurationError } from './configuration-error.ts'
import type { RefusalReason, Rejected } from './decision.ts'
import { ClientCertError, type PublicCode } from './errors.ts'
import type { Fault } from './failure.ts'

/** What a responder of the application's own is told. The reason itself is not here, so that it cannot be sent by mistake. */
export interface Refusal {
  readonly reason: RefusalReason
  readonly code: PublicCode
  readonly fault: Fault
}

/** What the peer gets: a status from 400 to 599 and a message. */
export interface RefusalResponse {
  readonly statusCode: number
  readonly message: string
}

export const RESPONSE_STYLES = ['kong', 'nginx', 'rfc9440'] as const

/** Whose words and statuses refusals use, or a function that chooses them. */
export type Responses = (typeof RESPONSE_STYLES)[number] | ((refusal: Refusal) => RefusalResponse)

const UNAVAILABLE: RefusalResponse = { statusCode: 503, message: 'Service Unavailable' }
const FORBIDDEN: RefusalResponse = { statusCode: 403, message: 'The client certificate is not allowed here' }

/** RFC 9110 15.5.20: the client may ask again on another connection, where it is asked for the certificate that it needs here. */
const MISDIRECTED: RefusalResponse = { statusCode: 421, message: 'Misdirected Request' }

const STYLES: Readonly<Record<(typeof RESPONSE_STYLES)[number], Readonly<Record<RefusalReason, RefusalResponse>>>> = {
  // Kong's mtls-auth, which many clients' error handling knows by heart.
  kong: {
    required: { statusCode: 401, message: 'No required TLS certificate was sent' },
    rejected: { statusCode: 401, message: 'TLS certificate failed verification' },
    forbidden: FORBIDDEN,
    unavailable: UNAVAILABLE,
    misdirected: MISDIRECTED,
  },
  // nginx renders its internal 495 and 496 as 400.
  nginx: {
    required: { statusCode: 400, message: 'No required SSL certificate was sent' },
    rejected: { statusCode: 400, message: 'The SSL certificate error' },
    forbidden: { statusCode: 403, message: 'Forbidden' },
    unavailable: UNAVAILABLE,
    misdirected: MISDIRECTED,
  },
  // RFC 9440 section 2.4: 403 for a certificate that is not acceptable.
  rfc9440: {
    required: { statusCode: 401, message: 'No required TLS certificate was sent' },
    rejected: { statusCode: 403, message: 'TLS certificate failed verification' },
    forbidden: FORBIDDEN,
    unavailable: UNAVAILABLE,
    misdirected: MISDIRECTED,
  },
}

const CODES: Readonly<Record<RefusalReason, PublicCode>> = {
  required: 'ERR_CLIENT_CERT_REQUIRED',
  rejected: 'ERR_CLIENT_CERT_REJECTED',
  forbidden: 'ERR_CLIENT_CERT_FORBIDDEN',
  unavailable: 'ERR_CLIENT_CERT_REJECTED',
  misdirected: 'ERR_CLIENT_CERT_REJECTED',
}

export function readResponses(value: unknown, option: string): Responses {
  return typeof value === 'function' ? (value as Responses) : readWord(value, option, RESPONSE_STYLES)
}

/**
 * Makes the error that stands for a refusal towards the framework and the peer.
 *
 * @param connection - `'close'` where the connection is the client's own (socket mode): only a new handshake can change the answer, and browsers
 *   offer the choice of certificate only on a new connection.
 * @throws {ConfigurationError} `ERR_CONFIG_VALUE` where a responder of the application's own returns something else than a response.
 */
export function refusalError(rejected: Rejected, responses: Responses, connection: 'close' | 'keep'): ClientCertError {
  const { reason, failure } = rejected
  const code = CODES[reason]
  const { statusCode, message } =
    typeof responses === 'function'
      ? checked(responses({ reason, code, fault: failure.fault }))
      : STYLES[responses][reason]
  const headers = { 'cache-control': 'no-store', ...(connection === 'close' ? { connection: 'close' } : {}) }
  return new ClientCertError(code, statusCode, message, Object.freeze(headers), rejected)
}

function checked(response: RefusalResponse): RefusalResponse {
  const { statusCode, message } = response ?? {}
  if (Number.isInteger(statusCode) && statusCode >= 400 && statusCode <= 599 && typeof message === 'string')
    return response
  const fix = 'Return { statusCode, message } with a status from 400 to 599.'
  throw new ConfigurationError('ERR_CONFIG_VALUE', 'responses', 'returned no response', fix)
}

/** The body of a refusal, for adapters that write it themselves. */
export const refusalBody = ({ message }: ClientCertError): string => JSON.stringify({ message })
