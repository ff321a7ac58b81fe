/** The table of docs/revocation.md: every mode, whatever a source says or fails to say, of either certificate of a path. */
import { DEFAULT_CLOCK } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { type Decision, explain, verifyCertificate } from '../../src/index.ts'
import { REVOCATION_MODES, type RevocationMode } from '../../src/revocation/judge.ts'
import { CONDITIONS, type Condition, createWorld, following, type Position, type Source, type World } from './world.ts'

const decide = ({ root, leaf, ...world }: World, source: Source, mode: RevocationMode): Promise<Decision> =>
  verifyCertificate(
    { pem: leaf.fullChainPem },
    {
      trust: { pem: root.certificate.pem },
      revocation: following(source, { root, leaf, ...world }, { mode }),
      clock: () => DEFAULT_CLOCK,
    },
  )

/** Why there is no answer, as the failure says it. */
const NO_ANSWER: Partial<Record<Condition, Readonly<Record<Source, string>>>> = {
  'expired data': { crl: 'stale', ocsp: 'stale' },
  unreachable: { crl: 'unreachable', ocsp: 'unreachable' },
  timeout: { crl: 'timeout', ocsp: 'timeout' },
  garbage: { crl: 'malformed', ocsp: 'malformed' },
  'wrong signer': { crl: 'wrong-signer', ocsp: 'wrong-signer' },
  'wrong issuer': { crl: 'wrong-signer', ocsp: 'wrong-certificate' },
}

/** The code that refuses; null where the client comes in. */
function codeFor(mode: RevocationMode, condition: Condition): string | null {
  if (mode === 'skip' || condition === 'good') return null
  if (condition === 'revoked') return 'ERR_REVOCATION_REVOKED'
  if (condition === 'on hold') return 'ERR_REVOCATION_ON_HOLD'
  if (condition === 'unknown') return 'ERR_REVOCATION_UNKNOWN'
  if (mode === 'ignore-ca-error') return null
  return condition === 'no pointer' ? 'ERR_REVOCATION_NO_SOURCE' : 'ERR_REVOCATION_UNAVAILABLE'
}

const sources = ['crl', 'ocsp'] as const
const positions = ['end entity', 'issuer'] as const
const rows = REVOCATION_MODES.flatMap((mode) =>
  sources.flatMap((source) =>
    positions.flatMap((position) =>
      // A CRL names whom it revokes and nobody else: there is none that it does not know.
      CONDITIONS.filter((condition) => source === 'ocsp' || condition !== 'unknown').map((condition) => ({
        mode,
        source,
        position,
        condition,
        code: codeFor(mode, condition),
      })),
    ),
  ),
)

const reportedStatus = (mode: RevocationMode, condition: Condition): string =>
  mode === 'skip' ? 'not-checked' : condition === 'good' ? 'good' : 'unanswered'

describe('mode x what the source of one certificate says', () => {
  test.each(rows)('$mode, $source of the $position: $condition -> $code', async (row) => {
    const { mode, source, position, condition, code } = row
    const world = await createWorld(source, position, condition)
    const decision = await decide(world, source, mode)
    if (code === null) {
      expect(decision).toMatchObject({
        outcome: 'accepted',
        revocation: { mode, status: reportedStatus(mode, condition) },
      })
      return
    }
    expect(decision, explain(decision).join('\n')).toMatchObject({
      outcome: 'rejected',
      failure: { code, certificate: { position: positionNumber(position) } },
    })
    const because = NO_ANSWER[condition]?.[source]
    if (because === undefined) return
    const tried: unknown = expect.arrayContaining([expect.objectContaining({ because })])
    expect(decision).toMatchObject({ failure: { tried } })
  })
})

const positionNumber = (position: Position): number => (position === 'issuer' ? 1 : 0)

test("'skip' asks nobody", async () => {
  const world = await createWorld('ocsp', 'end entity', 'revoked')
  await decide(world, 'ocsp', 'skip')
  expect(world.server.received).toEqual([])
})

test('for what a revoked authority issued nobody is asked', async () => {
  const world = await createWorld('ocsp', 'issuer', 'revoked')
  await decide(world, 'ocsp', 'strict')
  expect([world.server.count('/root'), world.server.count('/issuing')]).toEqual([1, 0])
})
