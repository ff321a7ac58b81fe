/** Keeping the context of a server in step with an authenticator: when something changes, and when time passes. */
import { channel } from 'node:diagnostics_channel'
import { type Authenticator, type HandshakeMaterial, SourceError } from '@clientcert/core'
import type { Report } from '../report.ts'
import type { ResolvedHandshake } from './handshake-options.ts'
import type { ServerContext, Trusted, TrustedByHost } from './server-context.ts'

const sources = channel('clientcert:source')
/** What went wrong is said under this name, as of the sources themselves. */
const SOURCE = 'the handshake'
/** A longer timer would fire at once (Node counts in 31 bits). */
const DAY_MS = 86_400_000
/** What OpenSSL did not take is tried again as a source is: after one second, then twice as long each time, at most a minute. */
const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 60_000

export interface Following {
  readonly material: () => HandshakeMaterial
  readonly problems: () => readonly string[]
  readonly stop: () => void
}

/** @param first - What the context was made of. */
export function follow(
  authenticator: Authenticator,
  context: ServerContext,
  first: HandshakeMaterial,
  settings: ResolvedHandshake,
  report: Report,
): Following {
  let material = first
  let problems: readonly string[] = []
  let warnedOf = Number.NEGATIVE_INFINITY
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  const look = (): void => {
    const next = isStopped ? null : readMaterial(authenticator, settings)
    if (!next) return
    let unable: readonly string[] = []
    try {
      const trusted = trustedByHost(authenticator, next, settings)
      if (!isSameByHost(trusted, context.trusted())) context.replace(trusted)
      material = next
      failures = 0
    } catch (error) {
      failures++
      unable = [`the server keeps what it had: ${error instanceof Error ? error.message : String(error)}`]
    }
    say([...unable, ...problemsOf(next, settings)])
    wait()
  }

  const say = (found: readonly string[]): void => {
    const news = found.filter((problem) => !problems.includes(problem))
    problems = found
    for (const problem of news) tell(problem)
  }

  const tell = (problem: string): void => {
    const error = new SourceError(SOURCE, new Error(problem))
    if (sources.hasSubscribers) {
      sources.publish({ source: SOURCE, outcome: 'kept-last-good', error, epoch: material.epoch })
    }
    report(error)
  }

  /** Loads ahead of the end of a CRL, once for each, and says where that brought no newer one. */
  const loadAhead = async (end: number): Promise<void> => {
    warnedOf = end
    await authenticator.reload()
    if (isStopped || material.freshUntil?.getTime() !== end) return
    tell(
      `a CRL ends at ${new Date(end).toISOString()} and no newer one is there: from then on its authority's clients are refused`,
    )
  }

  const wait = (): void => {
    clearTimeout(timer)
    const now = Date.now()
    const end = settings.crls === 'left-out' ? undefined : material.freshUntil?.getTime()
    const ahead = end === undefined || end === warnedOf ? Number.POSITIVE_INFINITY : end - settings.aheadMs
    if (end !== undefined && ahead <= now) {
      loadAhead(end).catch(report)
      wait()
      return
    }
    const next = Math.min(ahead, material.changesAt?.getTime() ?? Number.POSITIVE_INFINITY, now + DAY_MS)
    // What could not be replaced is out of date already, so that its own time would be at once, again and again.
    const again = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1))
    timer = setTimeout(look, failures > 0 ? again : Math.max(next - now, 0)).unref()
  }

  const unsubscribe = authenticator.onChange(look)
  say(problemsOf(first, settings))
  wait()
  return {
    material: () => material,
    problems: () => problems,
    stop: () => {
      isStopped = true
      unsubscribe()
      clearTimeout(timer)
    },
  }
}

/** By the machine's clock, which OpenSSL goes by. */
export const readMaterial = (authenticator: Authenticator, { maxCrlBytes }: ResolvedHandshake) =>
  authenticator.handshakeMaterial({ at: new Date(), maxCrlBytes })

/**
 * A CRL of nobody, signed by nobody (80 octets, `openssl crl -text` shows them). An empty list would switch the check off, and everybody would come in whose CRL
 * has just gone missing; with this one OpenSSL looks for a CRL, finds none and refuses (UNABLE_TO_GET_CRL).
 */
const CRL_OF_NOBODY = `-----BEGIN X509 CRL-----
ME4wPAIBATAKBggqhkjOPQQDAjAcMRowGAYDVQQDDBFObyBDUkwgaXMgYXQgaGFu
ZBcNMDAwMTAxMDAwMDAwWjAKBggqhkjOPQQDAgMCAAA=
-----END X509 CRL-----
`

/** What the handshake is to trust and to look up, for each host that is asked for by name. */
export function trustedByHost(
  { hosts }: Authenticator,
  material: HandshakeMaterial,
  settings: ResolvedHandshake,
): TrustedByHost {
  const each = [...(hosts ?? [])].flatMap(([name, authenticator]) => {
    const own = readMaterial(authenticator, settings)
    return own ? [[name, trustedOf(own, settings)] as const] : []
  })
  return { ...trustedOf(material, settings), hosts: new Map(each) }
}

function trustedOf({ ca, crl, gaps }: HandshakeMaterial, { crls }: ResolvedHandshake): Trusted {
  switch (crls) {
    case 'left-out':
      return { ca, crl: [] }
    case 'when-complete':
      return { ca, crl: gaps.some(({ kind }) => kind === 'no-crl') ? [] : crl }
    case 'required':
      return { ca, crl: crl.length === 0 ? [CRL_OF_NOBODY] : crl }
    default:
      return crls satisfies never
  }
}

/** One line for each authority whose clients the handshake treats otherwise than it should. */
export function problemsOf({ gaps }: HandshakeMaterial, { crls }: ResolvedHandshake): readonly string[] {
  return gaps
    .filter(({ kind }) => kind === 'no-root' || crls !== 'left-out')
    .map(({ kind, authority, because }) => {
      const all =
        kind === 'no-crl' && crls === 'when-complete' ? 'so no CRL is looked at' : 'so its clients are refused'
      return `${authority} ${kind === 'no-root' ? 'ends no path' : 'has no CRL'} (${because}), ${all}`
    })
}

const isSameByHost = (a: TrustedByHost, b: TrustedByHost): boolean =>
  isSame(a, b) &&
  a.hosts.size === b.hosts.size &&
  [...a.hosts].every(([name, own]) => {
    const other = b.hosts.get(name)
    return other !== undefined && isSame(own, other)
  })

const isSame = (a: Trusted, b: Trusted): boolean => isSameList(a.ca, b.ca) && isSameList(a.crl, b.crl)

const isSameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((each, index) => each === b[index])
