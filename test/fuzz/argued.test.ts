import { type Certificate, type Decision, verifyCertificate } from '@clientcert/core'
import { parseCertificate } from '@clientcert/core/x509'
import {
  type Authority,
  type CertificateOptions,
  createAuthority,
  der,
  extension,
  type IssuedCertificate,
  type Leaf,
} from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ARGUMENTS } from '../../scripts/fuzz/argued.ts'
import { createOpenssl, opensslVersion } from '../../scripts/fuzz/openssl.ts'

const isHere = opensslVersion() !== undefined

/** What both judges say, openssl as the fuzzer asks it. */
async function judged(root: Authority, leaf: Leaf): Promise<{ decision: Decision; verdict: string }> {
  const openssl = createOpenssl({ at: root.at, anchors: [root], chains: [] })
  onTestFinished(openssl.close)
  const [endEntity, ...others] = leaf.chain.map(({ der }) => der)
  const question = openssl.judge(endEntity ?? new Uint8Array(), others)
  openssl.flush()
  const options = { trust: { pem: root.certificate.pem }, clock: () => root.at }
  return { decision: await verifyCertificate({ pem: leaf.fullChainPem }, options), verdict: await question }
}

const pathOf = (decision: Decision): readonly Certificate[] =>
  decision.outcome === 'accepted' ? decision.path.certificates : []

const chain = (options: CertificateOptions): Chain => {
  const root = createAuthority()
  return { root, leaf: root.intermediate().issue(options) }
}
const at = createAuthority().at

function parsed({ der }: IssuedCertificate): Certificate {
  const result = parseCertificate(der)
  if (!result.ok) throw new Error(result.failure.message)
  return result.value
}

type Chain = Readonly<{ root: Authority; leaf: Leaf }>

/** Below an authority for the hosts of one domain. */
const constrained = (options: CertificateOptions): Chain => {
  const root = createAuthority()
  const hosts = extension.nameConstraints({ permitted: { dns: 'good.example' } })
  return { root, leaf: root.intermediate({ extensions: [hosts] }).issue(options) }
}

/** SSL server. */
const netscapeServer = { oid: '2.16.840.1.113730.1.1', value: der.bitString(Uint8Array.of(0x40), 6) }
const proxyCertInfo = {
  oid: '1.3.6.1.5.5.7.1.14',
  value: der.sequence(der.sequence(der.oid('1.3.6.1.5.5.7.21.1'))),
}
/** 10.0.0.0/8 (RFC 3779 2.2.3). */
const addresses = {
  oid: '1.3.6.1.5.5.7.1.7',
  value: der.sequence(
    der.sequence(der.octetString(Uint8Array.of(0, 1)), der.sequence(der.bitString(Uint8Array.of(10)))),
  ),
}

/** For each argument, the mutant that it is about, and a neighbour that it must not cover. */
const CASES: readonly Readonly<{ name: string; argued: Chain; neighbour: Chain }>[] = [
  {
    name: 'an authority as client',
    argued: chain({ basicConstraints: { ca: true }, keyUsage: ['keyCertSign'], eku: null }),
    neighbour: chain({ keyUsage: ['keyCertSign'] }),
  },
  {
    name: 'the last second',
    argued: chain({ notAfter: at }),
    neighbour: chain({ notAfter: new Date(at.getTime() - 1_000) }),
  },
  {
    name: 'another key identifier',
    argued: chain({ authorityKeyIdentifier: { keyIdentifier: Uint8Array.of(1, 2, 3) } }),
    neighbour: chain({ issuerName: 'Nobody' }),
  },
  {
    name: 'a value of another type',
    argued: chain({ subject: { CN: der.octetString(Uint8Array.of(1)) } }),
    neighbour: chain({ subject: { CN: der.hex('1e 03 00 61 00') } }),
  },
  { name: 'any purpose', argued: chain({ eku: ['any'] }), neighbour: chain({ eku: ['serverAuth'] }) },
  {
    name: "a purpose of Netscape's",
    argued: chain({ eku: null, extensions: [netscapeServer] }),
    neighbour: chain({ eku: ['serverAuth'], extensions: [netscapeServer] }),
  },
  {
    name: 'a common name that reads like a host',
    argued: constrained({ subject: { CN: 'host.other.example' } }),
    neighbour: constrained({ san: { dns: 'host.other.example' } }),
  },
  {
    name: 'a proxy certificate',
    argued: chain({ extensions: [proxyCertInfo] }),
    neighbour: chain({ extensions: [{ ...proxyCertInfo, critical: true }] }),
  },
  {
    name: 'resources of the Internet',
    argued: chain({ extensions: [addresses] }),
    neighbour: chain({ extensions: [{ ...addresses, critical: true }] }),
  },
]

describe.runIf(isHere)('an argument against openssl', () => {
  test('there is a case for each', () => {
    expect(ARGUMENTS.map(({ name }) => name)).toEqual(CASES.map(({ name }) => name))
  })

  test.each(CASES)(
    'is about what is accepted here and refused there: $name',
    async ({ name, argued: { root, leaf } }) => {
      const { decision, verdict } = await judged(root, leaf)
      expect(decision.outcome).toBe('accepted')
      expect(verdict).not.toBe('OK')
      const applying = ARGUMENTS.filter(({ applies }) => applies({ verdict, path: pathOf(decision), at: root.at }))
      expect(applying.map((argument) => argument.name)).toEqual([name])
    },
  )

  test.each(CASES)('is about nothing that both refuse: $name', async ({ neighbour: { root, leaf } }) => {
    const { decision, verdict } = await judged(root, leaf)
    expect(decision.outcome).toBe('rejected')
    expect(verdict).not.toBe('OK')
  })

  test('excuses no signature that does not hold, whatever the key identifiers say', () => {
    const elsewhere: CertificateOptions = { authorityKeyIdentifier: { keyIdentifier: Uint8Array.of(1, 2, 3) } }
    const { root, leaf } = chain(elsewhere)
    const stranger = createAuthority().intermediate().issue(elsewhere)
    const verdict = '20 unable to get local issuer certificate'
    const applying = (certificates: readonly IssuedCertificate[]) =>
      ARGUMENTS.filter(({ applies }) => applies({ verdict, path: certificates.map(parsed), at })).map(
        ({ name }) => name,
      )
    const issuers = [...leaf.chain.slice(1), root.certificate]
    expect(applying([leaf.certificate, ...issuers])).toEqual(['another key identifier'])
    expect(applying([stranger.certificate, ...issuers])).toEqual([])
  })
})
