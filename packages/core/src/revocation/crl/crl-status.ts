/** What the CRLs at hand say of one certificate (RFC 5280 6.3.3): over its distribution points, scope by scope. */
import { latin1 } from '../../encoding/oid.ts'
import type { Certificate } from '../../x509/certificate.ts'
import { ALL_REASONS } from '../../x509/distribution-point.ts'
import { nameKey } from '../../x509/name-comparison.ts'
import type { Answer } from '../answer.ts'
import type { CrlQuestion } from './crl-question.ts'
import { pointsOf, reasonsWithin } from './crl-scope.ts'
import type { CrlSnapshot, LoadedCrl } from './loaded-crl.ts'
import { type Scope, scopeAnswer } from './scope-answer.ts'

/**
 * Asks the CRLs of a snapshot about a certificate.
 *
 * Departs from 6.3.3 e: also scopes whose reasons are covered already are asked, since `revoked` wins wherever it is said.
 *
 * @returns Undefined where none of them is of its issuer, or of one that its distribution points name.
 */
export async function crlAnswer(question: CrlQuestion, snapshot: CrlSnapshot): Promise<Answer | undefined> {
  const { certificate } = question
  const candidates = candidatesFor(certificate, snapshot)
  const [first] = candidates
  if (first === undefined) return undefined
  const scopes = scopesOf(candidates)
  const asked = new Map<Lists, Answer>()
  const goods: (Answer & { kind: 'good' })[] = []
  let problem: Answer | undefined
  let covered = 0
  for (const point of pointsOf(certificate)) {
    for (const scope of scopes) {
      const representative = scope.complete[0] ?? scope.deltas[0]
      const reasons = representative ? reasonsWithin(representative.list, point, certificate) : 0
      if (reasons === 0) continue
      const answer = asked.get(scope) ?? (await scopeAnswer(question, { ...scope, reasons }))
      asked.set(scope, answer) // The same lists may be in the scope of several points.
      if (answer.kind === 'revoked') return answer
      if (answer.kind !== 'good') problem ??= answer
      else if ((reasons & ~covered) !== 0) {
        goods.push(answer)
        covered |= reasons
      }
    }
  }
  const [good] = goods
  if (good && covered === ALL_REASONS) {
    const asOf = Math.min(...goods.map((each) => each.asOf))
    return { ...good, asOf, freshUntil: Math.min(...goods.map((each) => each.freshUntil)) }
  }
  if (problem) return problem
  const source = { kind: 'crl', origin: first.origin } as const
  return good
    ? { kind: 'none', source, because: 'some-reasons-only', detail: 'no CRL at hand speaks of the other reasons' }
    : { kind: 'none', source, because: 'out-of-scope', detail: 'the CRLs of its issuer speak of other certificates' }
}

/** CRLs of the certificate's issuer, and of those whom its points name. */
function candidatesFor({ issuer, extensions }: Certificate, { byIssuer }: CrlSnapshot): readonly LoadedCrl[] {
  const own = byIssuer.get(nameKey(issuer)) ?? []
  const others = (extensions.cRLDistributionPoints ?? []).flatMap(({ crlIssuer }) =>
    (crlIssuer ?? []).flatMap((name) =>
      name.type === 'directoryName' ? (byIssuer.get(nameKey(name.value)) ?? []) : [],
    ),
  )
  return others.length === 0 ? own : [...new Set([...own, ...others])]
}

type Lists = Omit<Scope, 'reasons'>

/** The lists of each scope: one issuer, and one issuing distribution point to the octet, or none (6.3.3 c 2). Which points lead to it depends on these alone. */
function scopesOf(candidates: readonly LoadedCrl[]): readonly Lists[] {
  const scopes = new Map<string, { complete: LoadedCrl[]; deltas: LoadedCrl[] }>()
  for (const crl of candidates) {
    const { issuer, extensions } = crl.list
    const key = JSON.stringify([nameKey(issuer), extensions.scope && latin1(extensions.scope)])
    const scope = scopes.get(key) ?? { complete: [], deltas: [] }
    scopes.set(key, scope)
    if (extensions.baseCrlNumber) scope.deltas.push(crl)
    else scope.complete.push(crl)
  }
  return [...scopes.values()]
}
