/** Who takes part in which job, for one kind of key. */
import type { Contender } from '../../rounds.ts'
import { judgeBare, judgeImports } from './contenders/bare.ts'
import { judgeForge } from './contenders/forge.ts'
import { judgeNative } from './contenders/native.ts'
import type { Openssl } from './contenders/openssl.ts'
import { judgeOurs, judgeOursFromHeader } from './contenders/ours.ts'
import { judgePeculiar } from './contenders/peculiar.ts'
import { judgePkijs } from './contenders/pkijs.ts'
import type { Family } from './families.ts'
import { contenderOf, findFault, type Job, type Judge, poolFor } from './job.ts'

export const ENTRANTS = {
  bareOne: 'bare crypto.verify, one signature',
  oursCached: 'clientcert, issuer cached',
  oursHeader: 'clientcert, issuer cached, from a header of nginx',
  nativeCached: 'X509Certificate loop, issuer cached',
  cCached: 'C d2i + X509_verify_cert, issuer cached',
  bareTwo: 'bare crypto.verify, two signatures',
  importJwk: 'one key import, JWK',
  importSpki: 'one key import, SPKI',
  oursCold: 'clientcert, leaf + intermediate',
  nativeCold: 'X509Certificate loop, leaf + intermediate',
  cCold: 'C d2i + X509_verify_cert, leaf + intermediate',
  forge: 'node-forge, leaf + intermediate',
  peculiar: '@peculiar/x509 chain builder, leaf + intermediate',
  pkijs: 'pkijs engine, leaf + intermediate',
} as const

export type Entrant = keyof typeof ENTRANTS

/** Either one that does the job, or the reason why it does not take part. */
export type Entry =
  | { readonly entrant: Entrant; readonly contender: Contender }
  | { readonly entrant: Entrant; readonly absent: string }

/** Somebody who says to do the job. */
interface Applicant {
  readonly entrant: Entrant
  readonly job: Job
  readonly judge: Judge
  readonly contender: Contender
  /** Whether it may turn out unable: said in the table, where it is none of those that have to be right. */
  readonly mayFail: boolean
}

/**
 * Lists them, each after it has accepted every good chain of the pool and refused a forged one.
 *
 * @throws {Error} Where one of those that must be right is not: ours, the bare check, Node's, C.
 */
export async function listEntries(family: Family, c: Openssl | { readonly absent: string }): Promise<Entry[]> {
  const imports = judgeImports(family)
  const own = (entrant: Entrant, job: Job, judge: Judge, mode: 'sync' | 'async' = 'sync'): Applicant => ({
    entrant,
    job,
    judge,
    contender: contenderOf(ENTRANTS[entrant], poolFor(family, job), judge, mode),
    mayFail: false,
  })
  const others = (entrant: Entrant, judge: Judge, mode: 'sync' | 'async'): Applicant => ({
    ...own(entrant, 'cold', judge, mode),
    mayFail: true,
  })
  const inC = (entrant: Entrant, job: Job): Entry | Applicant =>
    'absent' in c
      ? { entrant, absent: c.absent }
      : { entrant, job, judge: c.judge(job), contender: c.contender(ENTRANTS[entrant], job), mayFail: false }
  const key = (entrant: Entrant, judge: Judge): Entry => ({
    entrant,
    contender: contenderOf(ENTRANTS[entrant], family.chains, judge, 'sync'),
  })
  const entries: readonly (Entry | Applicant)[] = [
    own('bareOne', 'issuer cached', judgeBare(family, 'issuer cached')),
    own('oursCached', 'issuer cached', judgeOurs(family, 'issuer cached'), 'async'),
    own('oursHeader', 'issuer cached', judgeOursFromHeader(family), 'async'),
    own('nativeCached', 'issuer cached', judgeNative(family, 'issuer cached')),
    inC('cCached', 'issuer cached'),
    own('bareTwo', 'cold', judgeBare(family, 'cold')),
    key('importJwk', imports.JWK),
    key('importSpki', imports.SPKI),
    own('oursCold', 'cold', judgeOurs(family, 'cold'), 'async'),
    own('nativeCold', 'cold', judgeNative(family, 'cold')),
    inC('cCold', 'cold'),
    family.name === 'RSA-2048'
      ? others('forge', judgeForge(family), 'sync')
      : { entrant: 'forge', absent: 'node-forge has no EC and no Ed25519 certificates' },
    others('peculiar', judgePeculiar(family), 'async'),
    others('pkijs', judgePkijs(family), 'async'),
  ]
  const admitted: Entry[] = []
  for (const entry of entries) {
    if (!('judge' in entry)) {
      admitted.push(entry)
      continue
    }
    const { entrant, contender, job, judge, mayFail } = entry
    const fault = await findFault(family, job, judge)
    if (fault && !mayFail) throw new Error(`${family.name}, ${ENTRANTS[entrant]}: ${fault}`)
    admitted.push(fault ? { entrant, absent: fault } : { entrant, contender })
  }
  return admitted
}
