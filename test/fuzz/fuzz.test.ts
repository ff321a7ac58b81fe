import { createHash } from 'node:crypto'
import { der } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { isSuperlinear, LENGTHS } from '../../scripts/fuzz/decoders.ts'
import { copyTree, readTree, writeTree } from '../../scripts/fuzz/der-tree.ts'
import { fuzz } from '../../scripts/fuzz/fuzz.ts'
import { createWorld } from '../../scripts/fuzz/good-chains.ts'
import { createMutants, signAgain } from '../../scripts/fuzz/mutants.ts'
import { opensslVersion } from '../../scripts/fuzz/openssl.ts'
import { run } from '../../scripts/fuzz/run.ts'

/** A few seconds on a quiet machine, and long enough on a busy one. */
const SECONDS = 3
const LEAST = 200
const TIMEOUT_MS = 120_000

test('accepts no mutant that openssl refuses, and reads none as two certificates', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  if (opensslVersion() === undefined) {
    if (process.env['CI'] === 'true') throw new Error('openssl is not installed, and CI=true wants it')
    return context.skip('openssl is not installed (Debian: apt-get install openssl)')
  }
  const outcome = await fuzz(20261120, (tried, elapsedMs) => tried >= LEAST && elapsedMs >= SECONDS * 1_000)
  expect(outcome.findings).toEqual([])
  expect(outcome.tried).toBeGreaterThanOrEqual(LEAST)
  expect(outcome.accepted).toBeGreaterThan(0)
  expect(outcome.opensslRuns).toBeGreaterThan(0)
  expect(outcome.refusals.size).toBeGreaterThan(5)
})

describe('a mutant', () => {
  const links = createWorld().chains.flatMap((chain) => chain.links)

  test('that is not changed is the good certificate to the octet, signed again or not', () => {
    for (const link of links) {
      const tree = readTree(link.der)
      if (!tree) throw new Error('not DER')
      expect(Buffer.compare(writeTree(copyTree(tree)), link.der)).toBe(0)
      expect(Buffer.compare(signAgain(tree, link), link.der)).toBe(0)
    }
  })

  test.each([
    ['minimal', '3003020105'],
    ['one octet more', '308103020105'],
    ['indefinite', '30800201050000'],
  ] as const)('has lengths as they are asked for: %s', (length, octets) => {
    const tree = readTree(der.sequence(der.integer(5)))
    if (!tree) throw new Error('not DER')
    expect(Buffer.from(writeTree({ ...tree, length })).toString('hex')).toBe(octets)
  })
})

describe('a seed', () => {
  const digestOf = (seed: number): string => {
    const digest = createHash('sha256')
    for (const { index, certificates } of createMutants(createWorld(), seed)) {
      if (index === 150) break
      for (const der of certificates) digest.update(der)
    }
    return digest.digest('hex')
  }

  test('makes the same mutants each time, and another seed others', { timeout: TIMEOUT_MS }, () => {
    expect(digestOf(1)).toBe(digestOf(1))
    expect(digestOf(1)).not.toBe(digestOf(2))
  })
})

describe('the times of a decoder', () => {
  const over = (time: (kilobytes: number) => number) => isSuperlinear(LENGTHS.map(time))

  test('are superlinear where they grow as the square of the length, and not where they grow with it', () => {
    expect(over((kilobytes) => 0.5 * kilobytes ** 2)).toBe(true)
    expect(over((kilobytes) => 0.5 * kilobytes)).toBe(false)
    expect(over((kilobytes) => 0.5 * kilobytes * (1 + Math.log2(kilobytes)))).toBe(false)
    expect(over((kilobytes) => 0.0001 * kilobytes ** 2)).toBe(false)
  })
})

describe('the command', () => {
  test.each([
    [['--nope'], /Unknown option '--nope'/],
    [['12'], /Unexpected argument '12'/],
    [['--seconds', '0'], /--seconds is 0: give a whole number from 1 on/],
    [['--seconds', 'ten'], /--seconds is ten/],
    [['--seed', '1.5'], /--seed is 1\.5/],
    [['--workers', '0'], /--workers is 0: give a whole number from 1 on/],
  ])('refuses %j', async (args, message) => {
    await expect(run(args, () => {})).rejects.toThrow(message)
  })
})
