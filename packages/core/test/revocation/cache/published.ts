/** Something that is published, changes, and cannot always be fetched. */
import { ok, type Result, refused } from '../../../src/result.ts'
import type { Kept, Problem, Resource } from '../../../src/revocation/cache/resource.ts'
import type { Fetched, FetchProblem } from '../../../src/revocation/fetch/fetched.ts'

export const START = Date.parse('2026-03-01T12:00:00Z')
export const MINUTE = 60_000
export const HOUR = 3_600_000

/** A clock that a test moves. */
export function movableClock() {
  let now = START
  return {
    clock: () => new Date(now),
    now: () => now,
    advance: (milliseconds: number) => {
      now += milliseconds
    },
  }
}

/** What is published: its text, and its times. */
export interface Edition {
  /** Null in what nobody signed. */
  readonly text: string | null
  readonly asOf: number
  readonly freshUntil: number
  readonly bytes?: number
}

export interface Published {
  readonly resource: Resource<string>
  /** How often it was fetched, and what was read, from where. */
  readonly fetches: () => number
  readonly reads: ReadonlyArray<'network' | 'store'>
  readonly publish: (edition: Edition, freshForMs?: number | null) => void
  /** What fetching gives instead; null mends it. */
  readonly break: (problem: FetchProblem | null) => void
  /** Fetches wait until the returned function is called. */
  readonly hold: () => () => void
}

/** @param name - Two of the same name are the same resource, as in two processes. */
export function published(name: string, first: Edition, now: () => number): Published {
  let edition = first
  let freshForMs: number | null = null
  let problem: FetchProblem | null = null
  let held: Promise<void> = Promise.resolve()
  let fetches = 0
  const reads: Array<'network' | 'store'> = []
  return {
    resource: {
      key: `test ${name}`,
      name,
      fetch: async (): Promise<Result<Fetched, FetchProblem>> => {
        fetches++
        const fetchedAt = now()
        await held
        if (problem) return refused(problem)
        return ok({ octets: Buffer.from(JSON.stringify(edition)), fetchedAt, freshForMs })
      },
      read: (octets, from) => {
        reads.push(from)
        return Promise.resolve(readEdition(octets))
      },
    },
    fetches: () => fetches,
    reads,
    publish: (next, fresh = null) => {
      edition = next
      freshForMs = fresh
    },
    break: (next) => {
      problem = next
    },
    hold: () => {
      let release = (): void => {}
      held = new Promise((resolve) => {
        release = resolve
      })
      return release
    },
  }
}

/** Refuses what somebody else wrote, as a signature would. */
function readEdition(octets: Uint8Array): Result<Kept<string>, Problem> {
  try {
    const { text, asOf, freshUntil, bytes = 100 } = JSON.parse(Buffer.from(octets).toString()) as Edition
    if (typeof text === 'string') return ok({ content: text, bytes, asOf, freshUntil, mayRevoke: true })
  } catch {
    // Garbage.
  }
  return refused({ because: 'wrong-signer', detail: 'not signed' })
}

export const UNREACHABLE: FetchProblem = { because: 'unreachable', detail: 'the connection failed (ECONNREFUSED)' }
