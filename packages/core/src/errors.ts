/** Assembles the legs' failures, in travel order, and makes the one error that an adapter throws. */

import type { ClientCertFailure, Rejected } from './decision.ts'
import { ENCODING_FAILURES } from './encoding/failures.ts'
import { EVIDENCE_FAILURES } from './evidence/failures.ts'
import type { FailureRow, Fault, Leg } from './failure.ts'
import { HEADERS_FAILURES } from './headers/failures.ts'
import { PATH_FAILURES } from './path/failures.ts'
import { POLICY_FAILURES } from './policy/failures.ts'
import { REVOCATION_FAILURES } from './revocation/failures.ts'
import { SIGNATURES_FAILURES } from './signatures/failures.ts'
import { TRUST_FAILURES } from './trust/failures.ts'
import { X509_FAILURES } from './x509/failures.ts'

/** What is constant about a code. */
export type FailureDescription = Pick<FailureRow<never>, 'fault' | 'clause' | 'meaning' | 'hint'>

/** Every failure code, by the leg that finds it. `docs/errors.md` is generated from this. */
export const FAILURES: Readonly<Record<Leg, Readonly<Record<string, FailureDescription>>>> = {
  encoding: ENCODING_FAILURES,
  headers: HEADERS_FAILURES,
  evidence: EVIDENCE_FAILURES,
  x509: X509_FAILURES,
  signatures: SIGNATURES_FAILURES,
  trust: TRUST_FAILURES,
  path: PATH_FAILURES,
  revocation: REVOCATION_FAILURES,
  policy: POLICY_FAILURES,
}

/** The three codes that a peer may see. Everything else about a refusal is for the log. */
export type PublicCode = 'ERR_CLIENT_CERT_REQUIRED' | 'ERR_CLIENT_CERT_REJECTED' | 'ERR_CLIENT_CERT_FORBIDDEN'

/** The failure behind each error, out of reach of serialisers, loggers and error pages. */
const failures = new WeakMap<ClientCertError, ClientCertFailure>()

/**
 * A refused request, as adapters hand it to the framework: a public code, a constant message and a status, so that whatever an error handler
 * prints of it leaks nothing. It has no stack: it is no defect of the program. {@link failureOf} gives the reason.
 */
export class ClientCertError extends Error {
  override readonly name = 'ClientCertError'
  readonly code: PublicCode
  readonly statusCode: number
  /** The same, under the name that Koa and http-errors use. A property, since Koa assigns what it read. */
  readonly status: number
  /** Whose fault it is: a responder may answer 503 for ours. */
  readonly fault: Fault
  /** Headers that belong to the response; Express's and Fastify's error handling take them from here. */
  readonly headers: Readonly<Record<string, string>>
  /** For http-errors style handlers: the message may be shown. */
  readonly expose = true

  constructor(
    code: PublicCode,
    statusCode: number,
    message: string,
    headers: Readonly<Record<string, string>>,
    rejected: Rejected,
  ) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
    this.code = code
    this.statusCode = statusCode
    this.status = statusCode
    this.fault = rejected.failure.fault
    this.headers = headers
    failures.set(this, rejected.failure)
  }
}

/** The failure behind a {@link ClientCertError}; undefined for any other value. Never send it to a peer. */
export function failureOf(error: unknown): ClientCertFailure | undefined {
  return error instanceof ClientCertError ? failures.get(error) : undefined
}
