/**
 * The same question put to two others: to rules written down a second time, and to Node.
 *
 * Names are made of few letters, so that they nearly match and often do.
 */
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { GeneralName } from '@clientcert/core/x509'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isForHost, readHostReference } from '../../src/server/host-name.ts'

const label = fc.constantFrom('a', 'b', 'A', 'xn--bcher-kva', 'com', '1')
const hostLabels = fc.array(label, { minLength: 1, maxLength: 4 })
const presentedLabel = fc.oneof({ weight: 4, arbitrary: label }, fc.constantFrom('*', 'a*', '*a', '**', 'xn--*', ''))
const presentedName = fc
  .array(presentedLabel, { minLength: 1, maxLength: 4 })
  .map((labels) => labels.join('.'))
  .filter((name) => name !== '')

/** One in two is made of the host, by one change. */
const pair = hostLabels.chain((labels) => {
  const host = labels.join('.')
  const rest = labels.slice(1).join('.')
  const near = fc.constantFrom(
    host,
    `*.${rest}`,
    `${host.charAt(0)}*.${rest}`,
    `*.${host}`,
    `${host}.`,
    host.toUpperCase(),
  )
  return fc.record({ host: fc.constant(host), presented: fc.oneof(near, presentedName) })
})

const ours = (host: string, presented: string): boolean => {
  const reference = readHostReference(host)
  const names: readonly GeneralName[] = [{ type: 'dns', value: presented }]
  return reference !== null && isForHost(names, reference)
}

/** RFC 9525 section 6.3, label by label. */
function rulesOf(host: string, presented: string): boolean {
  const wanted = host.toLowerCase().split('.')
  const labels = presented.toLowerCase().split('.')
  if (/^\d+$/.test(wanted.at(-1) ?? '')) return false // An address, or nobody's name.
  if (labels.length !== wanted.length) return false
  return labels.every((each, index) => each === wanted[index] || (index === 0 && each === '*' && labels.length > 2))
}

/** Node reads a text that it wrote itself. */
const nodes = (host: string, presented: string): boolean => {
  const certificate: Pick<PeerCertificate, 'subject' | 'subjectaltname'> = {
    subject: { C: '', ST: '', L: '', O: '', OU: '', CN: '' },
    subjectaltname: `DNS:${presented}`,
  }
  return checkServerIdentity(host, certificate as PeerCertificate) === undefined
}

const RUNS = { numRuns: 5_000, seed: 20260101 }

describe('whether a dNSName is for a host', () => {
  test('is what the rules of RFC 9525 6.3 say, label by label', () => {
    let matched = 0
    fc.assert(
      fc.property(pair, ({ host, presented }) => {
        const verdict = rulesOf(host, presented)
        if (verdict) matched++
        expect(ours(host, presented)).toBe(verdict)
      }),
      RUNS,
    )
    expect(matched).toBeGreaterThan(500)
  })

  test('is never more than what Node says', () => {
    fc.assert(
      fc.property(pair, ({ host, presented }) => {
        if (ours(host, presented)) expect(nodes(host, presented)).toBe(true)
      }),
      RUNS,
    )
  })

  test('is less than what Node says for a wildcard within a label and for a trailing dot, and for nothing else', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(pair, ({ host, presented }) => {
        if (!nodes(host, presented) || ours(host, presented)) return
        const reason = whyLess(host, presented)
        expect(reason, `${presented} for ${host}`).toBeDefined()
        if (reason !== undefined) seen.add(reason)
      }),
      RUNS,
    )
    expect([...seen]).toEqual(expect.arrayContaining([TRAILING_DOT, PARTIAL]))
  })
})

test('a common name is none of a host, though Node looks at it where there is no other name (RFC 9525 2)', () => {
  const subject = { C: '', ST: '', L: '', O: '', OU: '', CN: 'db.example' }
  const bare: Pick<PeerCertificate, 'subject' | 'subjectaltname'> = { subject }
  expect(checkServerIdentity('db.example', bare as PeerCertificate)).toBeUndefined()
  const reference = readHostReference('db.example')
  expect(reference && isForHost([], reference)).toBe(false)
})

const TRAILING_DOT = 'RFC 5280 4.2.1.6: no certificate may have a trailing dot'
const PARTIAL = 'RFC 9525 6.3: a wildcard is a whole label'

function whyLess(host: string, presented: string): string | undefined {
  if (presented.endsWith('.')) return TRAILING_DOT
  if (/(?:[^.]\*|\*[^.])/.test(presented)) return PARTIAL
  // Node itself refuses it from 22.23 on: `domainToASCII` gives no name for it.
  if (/(?:^|\.)\d+$/.test(host)) return 'RFC 9110 4.2.1: a name that ends in a number is read as an address by others'
  return undefined
}

describe('whatever a certificate and an application say', () => {
  test('a host that is no name matches nothing, and nothing throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (host, presented) => {
        const reference = readHostReference(host)
        expect(reference === null || /^[a-z0-9_.:-]+$/.test(reference.name)).toBe(true)
        if (reference !== null) isForHost([{ type: 'dns', value: presented }], reference)
      }),
      RUNS,
    )
  })

  test('a name in its normal form is read as itself', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()), (host) => {
        const reference = readHostReference(host)
        expect(reference && readHostReference(reference.name)).toEqual(reference)
      }),
      RUNS,
    )
  })
})
