/** Cases of x509-limbo (C2SP) as a smoke test; the whole suite and its exceptions belong to the conformance run. */
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { decodePem } from '../../src/encoding/pem.ts'
import { verifyPath } from '../../src/path/verify-path.ts'
import { createSnapshot } from '../../src/trust/snapshot.ts'
import { type Certificate, parseCertificate } from '../../src/x509/certificate.ts'
import { OID } from '../../src/x509/oids.ts'

const FOLDER = new URL('../../../../../shared/conformance/', import.meta.url)
const isThere = existsSync(FOLDER)

type Case = Readonly<{
  id: string
  validation_kind: 'SERVER' | 'CLIENT'
  validation_time: string | null
  extended_key_usage: readonly string[]
  max_chain_depth: number | null
  peer_certificate: string
  untrusted_intermediates: readonly string[]
  trusted_certs: readonly string[]
}>

type Profile = Readonly<{ profile: string; expected: 'SUCCESS' | 'FAILURE' }>

const read = (name: string) => readFileSync(new URL(name, FOLDER))
const cases = isThere
  ? (JSON.parse(gunzipSync(read('limbo-dev.json.gz')).toString()) as { testcases: readonly Case[] }).testcases
  : []
const profiles = isThere
  ? (JSON.parse(read('limbo-dev.profile.json').toString()) as { cases: Readonly<Record<string, Profile>> }).cases
  : {}

/** Where a case leaves the time open, it means now; fixed, so that it fails today and in five years for the same reason. */
const OPEN_TIME = '2026-11-20T20:30:00Z'

/** Parses a certificate, or gives the code for which it cannot be. */
function parse(pem: string): Certificate | string {
  const decoded = decodePem(pem, { maxBlocks: 1, explanatoryText: 'allow' })
  if (!decoded.ok) return decoded.failure.code
  const parsed = parseCertificate(decoded.value[0])
  return parsed.ok ? parsed.value : parsed.failure.code
}

/** `SUCCESS`, or the code of the refusal. */
function judge(each: Case): string {
  const presented = each.untrusted_intermediates.map(parse)
  const anchors = each.trusted_certs.map(parse)
  const endEntity = parse(each.peer_certificate)
  const unreadable = [endEntity, ...presented, ...anchors].find((parsed) => typeof parsed === 'string')
  if (typeof unreadable === 'string' || typeof endEntity === 'string') return String(unreadable)
  const certificates = (list: readonly (Certificate | string)[]) => list.filter((item) => typeof item !== 'string')
  const isForServers = each.extended_key_usage.includes('serverAuth') || each.validation_kind === 'SERVER'
  const store = createSnapshot(
    1,
    certificates(anchors).map((certificate) => ({ certificate, id: null, origin: each.id })),
    [],
  )
  const result = verifyPath(endEntity, certificates(presented), store, {
    at: Date.parse(each.validation_time ?? OPEN_TIME),
    requiredEku: isForServers ? OID.serverAuth : OID.clientAuth,
    maxPresented: 64,
    ...(each.max_chain_depth === null ? {} : { maxIntermediates: each.max_chain_depth }),
  })
  return result.ok ? 'SUCCESS' : result.failure.code
}

const isRequired = ({ id }: Case) => profiles[id]?.profile === 'required'
const revokes = ({ id }: Case) => id.startsWith('crl::')
const isExpected = ({ id }: Case, expected: Profile['expected']) => profiles[id]?.expected === expected

if (isThere) {
  const named = (list: readonly Case[]) => list.map((each) => [each.id, each] as const)

  test('there are cases to judge, and a profile for each', () => {
    expect(cases.length).toBeGreaterThan(100)
    expect(cases.filter(({ id }) => profiles[id] === undefined)).toEqual([])
  })

  test.each(named(cases))('%s: does not throw, and no honest search uses up its budget', (_, each) => {
    expect(judge(each)).toMatch(/^(SUCCESS|ERR_(PATH|X509|SIGNATURES|ENCODING)_(?!BUDGET)[A-Z0-9_]+)$/)
  })

  const required = cases.filter((each) => isRequired(each) && !revokes(each))
  describe('required cases that must be refused', () => {
    test.each(named(required.filter((each) => isExpected(each, 'FAILURE'))))('%s', (_, each) => {
      expect(judge(each)).toMatch(/^ERR_/)
    })
  })

  describe('required cases that must be accepted', () => {
    test.each(named(required.filter((each) => isExpected(each, 'SUCCESS'))))('%s', (_, each) => {
      expect(judge(each)).toBe('SUCCESS')
    })
  })
} else {
  test('x509-limbo', (context) => {
    context.skip('the conformance cases are not beside this checkout (../shared/conformance)')
  })
}
