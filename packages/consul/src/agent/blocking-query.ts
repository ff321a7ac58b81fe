/**
 * Follows one endpoint by blocking queries (https://developer.hashicorp.com/consul/api-docs/features/blocking): each answer names an index, and the next
 * query waits for a greater one.
 *
 * The rules: an index is a whole number, and never less than 1 is sent; one that goes backwards (a snapshot was restored, the agent restarted) starts anew
 * without waiting; a return is no proof of a change; queries that return at once are slowed; a failure starts anew too, after a while.
 */
import { ConsulError, consulError } from '../consul-error.ts'
import type { AgentAnswer, ConsulAgentClient } from './agent.ts'
import { createPace, pause } from './pace.ts'
import { durationText, retryDelay, type Timing, timeoutOf } from './timing.ts'

/** What is known of one endpoint. */
export interface QueryStatus {
  /** Null before the first. */
  readonly lastSuccess: Date | null
  /** Why the last attempt failed; null where it did not. */
  readonly error: ConsulError | null
  /** Failures in a row. */
  readonly failures: number
  /** When it is asked again after a failure; null while it is being asked. */
  readonly nextAttempt: Date | null
}

export interface BlockingQuery<Content> {
  readonly path: string
  readonly query: URLSearchParams
  /** @throws {ConsulError} For an answer that cannot be used. */
  readonly parse: (answer: AgentAnswer) => Content
  /** Told of every answer, changed or not. */
  readonly onContent: (content: Content) => void
  /** Told of every failure; the last content stays. */
  readonly onFailure: (error: ConsulError) => void
}

export interface Following {
  readonly status: () => QueryStatus
}

/** Asks until `signal` aborts. */
export function followQuery<Content>(
  { path, query, parse, onContent, onFailure }: BlockingQuery<Content>,
  { agent, timing, clock }: { readonly agent: ConsulAgentClient; readonly timing: Timing; readonly clock: () => Date },
  signal: AbortSignal,
): Following {
  const pace = createPace(timing.paceMs)
  let status: QueryStatus = { lastSuccess: null, error: null, failures: 0, nextAttempt: null }
  /** 0 for a query that does not wait. */
  let index = 0n

  const askOnce = async (): Promise<Content> => {
    const kind = index === 0n ? 'at-once' : 'blocking'
    const asked = new URLSearchParams(query)
    if (kind === 'blocking') {
      asked.set('index', String(index))
      asked.set('wait', durationText(timing.waitMs))
    }
    const request = { method: 'GET', path, query: asked, timeoutMs: timeoutOf(timing, kind) } as const
    const answer = await agent.ask({ ...request, holds: kind === 'at-once' ? 'process' : 'nothing' }, signal)
    const content = parse(answer)
    index = nextIndex(index, answer)
    return content
  }

  const follow = async (): Promise<void> => {
    while (!signal.aborted) {
      await pace.next(signal)
      if (signal.aborted) return
      let content: Content
      try {
        content = await askOnce()
      } catch (cause) {
        if (signal.aborted) return
        index = 0n
        const error = asConsulError(cause, agent.name, path)
        const failures = status.failures + 1
        const delay = retryDelay(timing, failures)
        const nextAttempt = new Date(clock().getTime() + delay)
        status = { lastSuccess: status.lastSuccess, error, failures, nextAttempt }
        onFailure(error)
        await pause(delay, signal)
        status = { ...status, nextAttempt: null }
        continue
      }
      if (signal.aborted) return
      status = { lastSuccess: clock(), error: null, failures: 0, nextAttempt: null }
      onContent(content)
    }
  }

  // What a clock of the application throws must not end the process, and neither the loop in silence.
  follow().catch((thrown: unknown) => process.emitWarning(String(thrown), 'ClientCertWarning'))
  return { status: () => status }
}

/** Less than 1 is a bug of some versions, says Consul, and 1 is always safe to wait on. */
function nextIndex(before: bigint, { index: text, refuse }: AgentAnswer): bigint {
  if (text === undefined || !/^\d{1,20}$/.test(text)) throw refuse('X-Consul-Index is missing or no whole number')
  const named = BigInt(text)
  const next = named < 1n ? 1n : named
  return next < before ? 0n : next
}

const asConsulError = (cause: unknown, agent: string, path: string): ConsulError =>
  cause instanceof ConsulError
    ? cause
    : consulError('ERR_CONSUL_ANSWER', { agent, path, problem: 'it could not be read' }, cause)
