import type { Logger } from '@clientcert/core'

/** One line of a log, with what must never be in a response. */
export interface LogLine {
  readonly message: string
  /** The code, the reason, and the names and numbers of the certificate. */
  readonly secrets: readonly string[]
}

/** What a part of the demo has logged. */
export interface Log {
  readonly logger: Logger
  readonly lines: () => readonly LogLine[]
}

export function createLog(): Log {
  const lines: LogLine[] = []
  return {
    logger: { info: () => {}, warn: (details, message) => void lines.push({ message, secrets: secretsOf(details) }) },
    lines: () => lines,
  }
}

/** Everything about a failure, or about an answer that nobody gave, that the log has and a peer must not. */
function secretsOf(details: object): readonly string[] {
  if (!('clientCert' in details)) return []
  const {
    code,
    certificate,
    explanation = [],
    revocation = [],
  } = details.clientCert as {
    code?: string
    certificate: { subject: string; serial: string; fingerprint: string } | null
    explanation?: readonly string[]
    revocation?: readonly { readonly notes: readonly string[] }[]
  }
  return [
    ...(code === undefined ? [] : [code]),
    ...explanation.map((line) => line.slice(line.indexOf(': ') + 2)),
    ...revocation.flatMap(({ notes }) => notes),
    ...(certificate ? Object.values(certificate).filter((value) => typeof value === 'string') : []),
  ]
}
