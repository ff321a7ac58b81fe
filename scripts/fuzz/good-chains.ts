/** The good chains that every mutant comes from: each kind of key, and each extension that decides something, with a client that satisfies it. */
import { type Authority, type CertificateOptions, DEFAULT_CLOCK, extension } from '@clientcert/testing'
import { ecKey, edwardsKey, fixedPss, rsaKey } from './fixed-keys.ts'
import { type Chain, createFixedMint, type FixedMint } from './fixed-mint.ts'

export interface World {
  readonly at: Date
  readonly anchors: readonly Authority[]
  readonly chains: readonly Chain[]
}

const POLICY = '1.3.6.1.4.1.55555.1'
const MAPPED = '1.3.6.1.4.1.55555.2'
const { certificatePolicies, policyConstraints, policyMappings, inhibitAnyPolicy, nameConstraints } = extension

/** Mints them, once for each run. */
export function createWorld(): World {
  const mint = createFixedMint()
  const families = [plain, rsa, constrained, underPolicies, crossed, mixed].map((family) => family(mint))
  return {
    at: DEFAULT_CLOCK,
    anchors: families.flatMap(({ anchors }) => anchors),
    chains: families.flatMap(({ chains }) => chains),
  }
}

/** RSA keys take half a second each, so several holders have them. */
const [ONE, OTHER] = [rsaKey('one'), rsaKey('other')]

type Family = Readonly<{ anchors: readonly Authority[]; chains: readonly Chain[] }>

const NAMES = {
  dns: ['client.fuzz.example', '*.wild.fuzz.example'],
  email: 'alice@fuzz.example',
  uri: 'spiffe://fuzz.example/ns/ops/sa/admin',
  ip: ['192.0.2.7', '2001:db8::7'],
  directoryName: { O: 'Fuzz', CN: 'alice' },
  rid: '1.3.6.1.4.1.55555.3',
} as const

/** Where it is published whether a certificate is revoked: read of every certificate, and nobody is asked here. */
const PUBLISHED = {
  crlDistributionPoints: [
    'http://crl.fuzz.example/a',
    { fullName: { uri: 'http://crl.fuzz.example/b', directoryName: 'b' }, reasons: ['keyCompromise', 'superseded'] },
    { relativeName: { CN: 'c' }, crlIssuer: { directoryName: { O: 'Fuzz', CN: 'CRL issuer' } } },
  ],
  freshestCrl: ['http://crl.fuzz.example/delta'],
  authorityInfoAccess: { ocsp: ['http://ocsp.fuzz.example'], caIssuers: ['http://ca.fuzz.example/issuer.cer'] },
} satisfies CertificateOptions

function plain(mint: FixedMint): Family {
  const root = mint.root('P-256 root', { key: ecKey('plain root', 'P-256') })
  const issuer = mint.under(root, 'P-256 issuer', {
    key: ecKey('plain issuer', 'P-256'),
    basicConstraints: { ca: true, pathLen: 0 },
    // It is a client too.
    keyUsage: ['digitalSignature', 'keyCertSign', 'cRLSign'],
  })
  const client = mint.client(issuer, {
    key: ecKey('plain client', 'P-256'),
    subject: [
      { C: 'GB' },
      { O: { text: 'Fuzz', as: 'printable' } },
      { CN: 'alice', UID: '42' },
      { OU: { text: 'Zo\u00eb', as: 'bmp' } },
    ],
    san: NAMES,
  })
  return {
    anchors: [root],
    chains: [mint.chain('plain', client, issuer), mint.chain('an authority as client', issuer)],
  }
}

function rsa(mint: FixedMint): Family {
  const root = mint.root('RSA root', { key: ONE })
  const issuer = mint.under(root, 'RSA issuer', { key: OTHER })
  const client = mint.client(issuer, {
    key: ONE,
    eku: ['clientAuth', 'serverAuth'],
    keyUsage: ['digitalSignature', 'keyEncipherment'],
  })
  const salted = mint.client(issuer, {
    key: ecKey('pss client', 'P-256'),
    scheme: fixedPss,
    san: { uri: 'urn:fuzz:pss' },
  })
  return { anchors: [root], chains: [mint.chain('rsa', client, issuer), mint.chain('pss', salted, issuer)] }
}

function constrained(mint: FixedMint): Family {
  const root = mint.root('Constrained root', {
    key: edwardsKey('nc root', 'ed25519'),
    extensions: [
      nameConstraints({
        permitted: {
          dns: 'example',
          email: ['.example', 'fuzz.example'],
          uri: '.example',
          ip: ['192.0.2.0/24', '2001:db8::/32'],
        },
      }),
    ],
  })
  const issuer = mint.under(root, 'Constrained issuer', {
    key: edwardsKey('nc issuer', 'ed25519'),
    extensions: [
      nameConstraints({
        permitted: { dns: 'fuzz.example', uri: 'fuzz.example', directoryName: [{ O: 'Fuzz' }] },
        excluded: {
          dns: 'no.fuzz.example',
          email: 'mallory@fuzz.example',
          ip: '192.0.2.128/25',
          directoryName: [{ O: 'Fuzz', CN: 'mallory' }],
        },
      }),
    ],
  })
  const { rid: _, uri: __, ...names } = NAMES
  const client = mint.client(issuer, {
    key: edwardsKey('nc client', 'ed25519'),
    subject: { O: 'Fuzz', CN: 'alice' },
    san: { ...names, uri: 'https://fuzz.example/alice' },
  })
  return { anchors: [root], chains: [mint.chain('name constraints', client, issuer)] }
}

function underPolicies(mint: FixedMint): Family {
  const root = mint.root('Policy root', { key: ecKey('policy root', 'P-256') })
  const upper = mint.under(root, 'Policy issuer', {
    key: edwardsKey('policy upper', 'ed25519'),
    extensions: [
      certificatePolicies([POLICY]),
      policyMappings([{ issuerDomain: POLICY, subjectDomain: MAPPED }]),
      policyConstraints({ requireExplicitPolicy: 0, inhibitPolicyMapping: 1 }),
    ],
  })
  const lower = mint.under(upper, 'Policy subissuer', {
    key: ecKey('policy lower', 'P-256'),
    extensions: [certificatePolicies([MAPPED, POLICY]), inhibitAnyPolicy(0)],
  })
  const client = mint.client(lower, {
    key: ecKey('policy client', 'P-384'),
    extensions: [certificatePolicies([MAPPED])],
  })
  return { anchors: [root], chains: [mint.chain('policies', client, lower, upper)] }
}

function crossed(mint: FixedMint): Family {
  const [left, right] = [
    mint.root('Left root', { key: ecKey('left', 'P-256') }),
    mint.root('Right root', { key: OTHER }),
  ]
  const issuer = mint.under(left, 'Crossed issuer', { key: ecKey('crossed', 'P-256') })
  const other = mint.cross(right, issuer, { eku: ['clientAuth'] })
  const client = mint.client(issuer, {
    key: ecKey('crossed client', 'P-256'),
    basicConstraints: { ca: false },
    ...PUBLISHED,
  })
  // RFC 4210 4.4: a root's new key, certified by its old one.
  const renewed = mint.under(right, 'Right root', { key: ecKey('right renewed', 'P-256') })
  const late = mint.client(renewed, { key: ecKey('late client', 'P-256') })
  return {
    anchors: [left, right],
    chains: [mint.chain('crossed', client, issuer, other), mint.chain('rollover', late, renewed)],
  }
}

function mixed(mint: FixedMint): Family {
  const root = mint.root('Mixed root', {
    key: ONE,
    basicConstraints: { ca: true, pathLen: 2 },
    scheme: fixedPss,
  })
  const upper = mint.under(root, 'Mixed upper', {
    key: ecKey('mixed upper', 'P-384'),
    eku: ['clientAuth', 'serverAuth'],
    basicConstraints: { ca: true, pathLen: 1 },
    scheme: fixedPss,
  })
  const lower = mint.under(upper, 'Mixed lower', {
    key: edwardsKey('mixed lower', 'ed448'),
    basicConstraints: { ca: true, pathLen: 0 },
  })
  const client = mint.client(lower, {
    key: edwardsKey('mixed client', 'ed25519'),
    subject: {},
    san: { email: 'bob@fuzz.example' },
    notAfter: new Date('2060-01-01T00:00:00Z'),
  })
  return { anchors: [root], chains: [mint.chain('mixed', client, lower, upper)] }
}
