import { createHash } from 'node:crypto'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { type Certificate, createAuthenticator, type Decision } from '@clientcert/core'
import { ARGUMENTS } from './argued.ts'
import { count, type Finding, type Outcome, type Tally } from './findings.ts'
import { createWorld, type World } from './good-chains.ts'
import { createMutants, type Mutant } from './mutants.ts'
import { createOpenssl, type Openssl } from './openssl.ts'
import { compareParsers } from './parsers.ts'

/** openssl judges one in so many of the mutants that are refused here; pkijs, which takes its time, one in so many of all. */
const JUDGED = 100
const PARSED = 50

/** Mutants between two looks at the processes that openssl runs in, and how far it may lag behind. */
const BREATH = 50
const BACKLOG = 2_000

/** No mutant may take longer; where one does the clock is asked twice, for the machine may have been busy. */
const SLOW_MS = 1_000

/**
 * Judges mutants until told to stop.
 *
 * What is accepted here openssl judges by the path that was found: whether *that* path is good is the question, not whether openssl, which does not
 * go back to another issuer of the same name, would have found it.
 *
 * @param until - Told the number of mutants so far and the milliseconds since the first.
 */
export async function fuzz(seed: number, until: (tried: number, elapsedMs: number) => boolean): Promise<Outcome> {
  const world = createWorld()
  const openssl = createOpenssl(world)
  const judges = createJudges(world, openssl)
  const started = performance.now()
  const elapsed = () => performance.now() - started
  let tried = 0
  try {
    for (const mutant of createMutants(world, seed)) {
      if (until(tried, elapsed())) break
      await judges.judge(mutant)
      tried++
      // Verdicts arrive between two turns of the event loop, which mutants alone would never end.
      if (tried % BREATH === 0) await setImmediate()
      while (openssl.waiting() > BACKLOG) await setTimeout(5)
    }
    openssl.flush()
    while (openssl.waiting() > 0) await setTimeout(5)
    return { tried, elapsedMs: elapsed(), opensslRuns: openssl.processes(), ...judges.outcome() }
  } finally {
    openssl.close()
    judges.close()
  }
}

function createJudges({ anchors, at }: World, openssl: Openssl) {
  const pem = anchors.map(({ certificate }) => certificate.pem).join('')
  const authenticator = createAuthenticator({ trust: { pem }, clock: () => at })
  const findings: Finding[] = []
  const paths = new Set<string>()
  const argued: Tally = new Map()
  const stricterHere: Tally = new Map()
  const refusals: Tally = new Map()
  const parsers: Tally = new Map()
  let [accepted, refusedJudged, slowest] = [0, 0, { elapsedMs: 0, story: 'none' }]
  const find = (mutant: Mutant, problem: string, certificates = mutant.certificates): void => {
    findings.push({ mutant, problem, certificates })
  }

  async function decide(mutant: Mutant): Promise<{ decision: Decision | undefined; elapsedMs: number }> {
    const [der = new Uint8Array(), ...presented] = mutant.certificates
    const started = performance.now()
    try {
      const decision = await authenticator.verify({ der, presented })
      return { decision, elapsedMs: performance.now() - started }
    } catch (error) {
      find(mutant, `crash: ${String(error)}`)
      return { decision: undefined, elapsedMs: 0 }
    }
  }

  function judgeAccepted(mutant: Mutant, path: readonly Certificate[]): void {
    accepted++
    const certificates = path.map(({ der }) => der)
    const [endEntity = new Uint8Array(), ...issuers] = certificates
    const key = createHash('sha256').update(Buffer.concat(certificates)).digest('base64')
    if (paths.has(key)) return
    paths.add(key)
    const { altered } = mutant
    if (altered && certificates.some((der) => Buffer.compare(der, altered) === 0)) {
      const verdict = compareParsers(altered)
      if (verdict.kind === 'apart') find(mutant, `pkijs: ${verdict.field}`, certificates)
    }
    // The last issuer is the anchor, which openssl has.
    void openssl.judge(endEntity, issuers.slice(0, -1)).then((verdict) => {
      if (verdict === 'OK') return
      const argument = ARGUMENTS.find(({ applies }) => applies({ verdict, path, at }))
      if (argument) count(argued, argument.name)
      else find(mutant, `openssl: ${verdict}`, certificates)
    })
  }

  function judgeRefused(mutant: Mutant, code: string): void {
    count(refusals, code)
    if (mutant.index % JUDGED !== 0) return
    refusedJudged++
    const [endEntity = new Uint8Array(), ...others] = mutant.certificates
    void openssl.judge(endEntity, others).then((verdict) => {
      if (verdict === 'OK') count(stricterHere, code)
    })
  }

  function parseTwice(mutant: Mutant, altered: Uint8Array): void {
    const verdict = compareParsers(altered)
    count(parsers, verdict.kind)
    // One that pkijs cannot read at all is no finding unless it is accepted: a rule behind the reader may still refuse it for that very reason.
    if (verdict.kind === 'apart' && verdict.field !== 'the whole') find(mutant, `pkijs: ${verdict.field}`, [altered])
  }

  return {
    judge: async (mutant: Mutant): Promise<void> => {
      const { decision, elapsedMs } = await decide(mutant)
      if (elapsedMs > slowest.elapsedMs) slowest = { elapsedMs, story: mutant.story }
      if (elapsedMs > SLOW_MS && (await decide(mutant)).elapsedMs > SLOW_MS) find(mutant, 'takes too long')
      if (decision?.outcome === 'accepted') judgeAccepted(mutant, decision.path.certificates)
      if (decision?.outcome === 'rejected') judgeRefused(mutant, decision.failure.code)
      if (mutant.altered && mutant.index % PARSED === 0) parseTwice(mutant, mutant.altered)
    },
    outcome: () => ({
      ...{ accepted, refusedJudged, findings, argued, stricterHere, refusals, parsers, slowest },
      distinctPaths: paths.size,
    }),
    close: () => authenticator.close(),
  }
}
