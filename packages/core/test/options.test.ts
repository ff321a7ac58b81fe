import { type CertificateOptions, createAuthority, extension, type Leaf } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import * as core from '../src/index.ts'
import {
  type AuthenticatorOptions,
  allOf,
  anyOf,
  ConfigurationError,
  createAuthenticator,
  dns,
  not,
} from '../src/index.ts'
import { resolveOptions } from '../src/options.ts'
import { mistakeIn, root, trust } from './mistake-in.ts'

const ids = [
  { ...trust, id: 'a' },
  { pem: createAuthority().certificate.pem, id: 'b' },
]

describe('options', () => {
  test.each(core.OPTION_NAMES.map((name) => [String(name), name] as const))(
    'refuse %s given as undefined',
    (shown, name) => {
      const mistake = mistakeIn({ trust, [name]: undefined })
      expect(mistake).toMatchObject({ code: 'ERR_CONFIG_TYPE', option: shown })
      expect(mistake.message).toContain('Leave it out or give it a value')
    },
  )

  test.each([
    ['mod', 'mode'],
    ['Mode', 'mode'],
    ['alow', 'allow'],
    ['allowed', 'allow'],
    ['anchor', 'anchors'],
    ['trusted', 'trust'],
    ['frm', 'from'],
    ['maxIntermediate', 'maxIntermediates'],
    ['maxDepth', undefined],
    ['rejectUnauthorized', undefined],
    ['ca', undefined],
    ['__proto__x', undefined],
  ])('suggest for %s: %s', (given, suggested) => {
    const mistake = mistakeIn({ trust, [given]: 1 })
    expect(mistake).toMatchObject({ code: 'ERR_CONFIG_UNKNOWN_OPTION', option: given })
    if (suggested === undefined) expect(mistake.message).not.toContain('Did you mean')
    else expect(mistake.message).toContain(`Did you mean \`${suggested}\`?`)
    expect(mistake.message).toContain('`trust`')
  })

  test('refuse a symbol that is none of theirs', () => {
    expect(mistakeIn({ trust, [Symbol('dangerouslyTrustAnyPeer')]: true }).code).toBe('ERR_CONFIG_UNKNOWN_OPTION')
  })

  test.each([undefined, null, 'required', 7, [], () => {}])('refuse %o in their place', (options) => {
    expect(mistakeIn(options)).toMatchObject({ code: 'ERR_CONFIG_TYPE', option: 'options' })
  })

  test('refuse what a class keeps on its prototype, where a rule would be passed over', () => {
    class Options {
      trust = trust
      get allow() {
        return dns('alice')
      }
    }
    expect(mistakeIn(new Options())).toMatchObject({ code: 'ERR_CONFIG_TYPE', option: 'allow' })
    expect(mistakeIn(Object.create({ trust }))).toMatchObject({ code: 'ERR_CONFIG_TYPE', option: 'trust' })
    class Plain {
      trust = trust
    }
    expect(() => createAuthenticator(new Plain()).close()).not.toThrow()
  })

  test('are read once: changing them afterwards changes nothing', () => {
    const options: { -readonly [Name in keyof AuthenticatorOptions]?: AuthenticatorOptions[Name] } = {
      trust,
      mode: 'required',
    }
    const authenticator = createAuthenticator(options as AuthenticatorOptions)
    options.mode = 'off'
    expect(authenticator.route({}).options.mode).toBe('required')
    authenticator.close()
  })

  test('of a route are refused the same way, under its name', () => {
    const authenticator = createAuthenticator({ trust: ids })
    const mistake = (given: unknown) => {
      try {
        authenticator.route(given as 'off', 'config.clientCert')
      } catch (error) {
        if (error instanceof ConfigurationError) return { code: error.code, option: error.option }
      }
      return undefined
    }
    expect(mistake('of')).toEqual({ code: 'ERR_CONFIG_VALUE', option: 'config.clientCert' })
    expect(mistake({ mod: 'off' })).toEqual({ code: 'ERR_CONFIG_UNKNOWN_OPTION', option: 'config.clientCert.mod' })
    expect(mistake({ trust })).toEqual({ code: 'ERR_CONFIG_UNKNOWN_OPTION', option: 'config.clientCert.trust' })
    expect(mistake({ allow: undefined })).toEqual({ code: 'ERR_CONFIG_TYPE', option: 'config.clientCert.allow' })
    expect(mistake({ anchors: ['c'] })).toEqual({
      code: 'ERR_CONFIG_ANCHOR_ID',
      option: 'config.clientCert.anchors[0]',
    })
    expect(mistake(undefined)).toEqual({ code: 'ERR_CONFIG_TYPE', option: 'config.clientCert' })
    expect(mistake(false)).toEqual({ code: 'ERR_CONFIG_TYPE', option: 'config.clientCert' })
    expect(mistake({ allow: new (class Rule {})() })).toMatchObject({ code: 'ERR_CONFIG_FOREIGN_COPY' })
    authenticator.close()
  })

  test.each([
    ['allOf', () => allOf()],
    ['anyOf', () => anyOf()],
  ])('refuse %s of nothing, which would admit or refuse everybody', (_, build) => {
    expect(build).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_EMPTY_RULE' }))
    expect(() => not(undefined as never)).toThrow(ConfigurationError)
  })
})

describe('defaults', () => {
  test('are closed', () => {
    const { route, from, ...rest } = resolveOptions({ trust })
    expect(route).toEqual({ mode: 'required', allow: null, anchors: null, responses: 'kong' })
    expect(from.source).toEqual({ kind: 'socket' })
    expect(from.asserted).toBeNull()
    expect(rest).toMatchObject({
      revocation: { settings: { mode: 'skip', follow: [] }, crls: { local: [], urls: [] }, fetch: null },
      maxIntermediates: 8,
      maxPresented: 10,
      maxCertificateBytes: 65_536,
      maxPresentedBytes: 131_072,
      signatureCost: 200,
      memory: { clients: 10_000, refusals: 500 },
      logger: null,
      requiredEku: '1.3.6.1.5.5.7.3.2',
      policies: { accepted: null, requireExplicit: false, inhibitMapping: false, inhibitAny: false },
    })
    expect(rest.allowedWeaknesses.size).toBe(0)
    expect(Math.abs(rest.clock().getTime() - Date.now())).toBeLessThan(60_000)
  })

  test('are those that are exported with their reasons', () => {
    const { route, maxIntermediates, maxPresented, maxCertificateBytes, signatureCost, memory } = resolveOptions({
      trust,
    })
    expect([route.mode, route.responses]).toEqual([core.DEFAULT_MODE, core.DEFAULT_RESPONSES])
    expect([maxIntermediates, maxPresented]).toEqual([core.DEFAULT_MAX_INTERMEDIATES, core.DEFAULT_MAX_PRESENTED])
    expect([maxCertificateBytes, signatureCost]).toEqual([core.MAX_CERTIFICATE_BYTES, core.DEFAULT_SIGNATURE_COST])
    expect(memory).toEqual(core.DEFAULT_MEMORY)
  })

  test('hold at the edges of their ranges', () => {
    for (const limits of [
      { presented: 0, certificateBytes: 512, presentedBytes: 512, signatureCost: 1, remembered: 0 },
      {
        presented: 64,
        certificateBytes: 1_048_576,
        presentedBytes: 1_048_576,
        signatureCost: 10_000,
        remembered: 1_000_000,
      },
    ]) {
      const { maxPresented, maxCertificateBytes, maxPresentedBytes, signatureCost, memory } = resolveOptions({
        trust,
        limits,
      })
      expect({ maxPresented, maxCertificateBytes, maxPresentedBytes, signatureCost, clients: memory.clients }).toEqual({
        maxPresented: limits.presented,
        maxCertificateBytes: limits.certificateBytes,
        maxPresentedBytes: limits.presentedBytes,
        signatureCost: limits.signatureCost,
        clients: limits.remembered,
      })
    }
    expect(resolveOptions({ trust, limits: { certificateBytes: 200_000 } }).maxPresentedBytes).toBe(200_000)
    for (const maxIntermediates of [0, 10])
      expect(resolveOptions({ trust, maxIntermediates })).toMatchObject({ maxIntermediates })
  })
})

describe('purpose', () => {
  test.each([
    ['clientAuth', '1.3.6.1.5.5.7.3.2'],
    ['serverAuth', '1.3.6.1.5.5.7.3.1'],
    ['1.3.6.1.4.1.311.20.2.2', '1.3.6.1.4.1.311.20.2.2'],
  ] as const)('%s is the extended key usage that is asked for (RFC 5280 4.2.1.12)', async (purpose, oid) => {
    expect(resolveOptions({ trust, purpose }).requiredEku).toBe(oid)
    for (const [eku, expected] of [
      [[oid], 'accepted'],
      [['1.3.6.1.5.5.7.3.4'], 'rejected'],
      [null, 'accepted'],
    ] as const) {
      const pem = root.issue({ eku }).fullChainPem
      const decision = await core.verifyCertificate({ pem }, { trust, purpose, clock: () => root.at })
      expect([eku, decision.outcome]).toEqual([eku, expected])
    }
  })
})

describe('policies', () => {
  const inputs = (policies: core.PolicyOptions) => resolveOptions({ trust, policies }).policies
  const none = { accepted: null, requireExplicit: false, inhibitMapping: false, inhibitAny: false }

  test('are the inputs of RFC 5280 6.1.1 (c) to (g), each by itself', () => {
    expect(inputs({})).toEqual(none)
    expect(inputs({ accepted: ['1.2.3'] })).toEqual({ ...none, accepted: new Set(['1.2.3']), requireExplicit: true })
    expect(inputs({ accepted: ['1.2.3'], explicit: 'not-required' })).toEqual({ ...none, accepted: new Set(['1.2.3']) })
    expect(inputs({ explicit: 'required' })).toEqual({ ...none, requireExplicit: true })
    expect(inputs({ explicit: 'not-required', mapping: 'allowed', anyPolicy: 'allowed' })).toEqual(none)
    expect(inputs({ mapping: 'inhibited' })).toEqual({ ...none, inhibitMapping: true })
    expect(inputs({ anyPolicy: 'inhibited' })).toEqual({ ...none, inhibitAny: true })
    expect(inputs({ accepted: ['1.2.3', '2.5.29.32.0'] })).toEqual({ ...none, requireExplicit: true })
  })

  const [any, gold, silver] = ['2.5.29.32.0', '1.3.6.1.4.1.32473.1', '1.3.6.1.4.1.32473.2'] as const
  const under = (...policies: readonly string[]) => ({ extensions: [extension.certificatePolicies(policies)] })
  const mapped = {
    extensions: [
      extension.certificatePolicies([gold]),
      extension.policyMappings([{ issuerDomain: gold, subjectDomain: silver }]),
    ],
  }

  test.each<[string, core.PolicyOptions, CertificateOptions, CertificateOptions, string]>([
    ['accepted all the way', { accepted: [gold] }, under(gold), under(gold, silver), 'accepted'],
    ['accepted through anyPolicy', { accepted: [gold] }, under(any), under(gold), 'accepted'],
    [
      'but not where anyPolicy is inhibited',
      { accepted: [gold], anyPolicy: 'inhibited' },
      under(any),
      under(gold),
      'ERR_PATH_POLICY',
    ],
    ['another is not accepted', { accepted: [gold] }, under(silver), under(silver), 'ERR_PATH_POLICY'],
    ['nor none', { accepted: [gold] }, {}, {}, 'ERR_PATH_POLICY'],
    ['unless it is not required', { accepted: [gold], explicit: 'not-required' }, {}, {}, 'accepted'],
    ['any will do, required', { explicit: 'required' }, under(silver), under(silver), 'accepted'],
    ['none will not do, required', { explicit: 'required' }, under(silver), {}, 'ERR_PATH_POLICY'],
    ['mapped', { accepted: [gold] }, mapped, under(silver), 'accepted'],
    [
      'but not where mapping is inhibited',
      { accepted: [gold], mapping: 'inhibited' },
      mapped,
      under(silver),
      'ERR_PATH_POLICY',
    ],
    ['nothing is asked for', {}, under(gold), {}, 'accepted'],
  ])('%s (RFC 5280 6.1.3 d, 6.1.4 b, 6.1.5 g)', async (_, policies, intermediate, leaf, expected) => {
    const pem = root.intermediate(intermediate).issue(leaf).fullChainPem
    const decision = await core.verifyCertificate({ pem }, { trust, policies, clock: () => root.at })
    expect('failure' in decision ? decision.failure.code : decision.outcome).toBe(expected)
  })
})

describe('dangerouslyAllowWeakAlgorithms', () => {
  const allowing = (...names: readonly core.Weakness[]) => ({ [core.dangerouslyAllowWeakAlgorithms]: names })

  test('is what is named, and nothing else', () => {
    expect(resolveOptions({ trust, ...allowing('SHA-1') }).allowedWeaknesses).toEqual(new Set(['SHA-1']))
    expect(resolveOptions({ trust, ...allowing(...core.WEAKNESSES) }).allowedWeaknesses).toEqual(
      new Set(['DSA', 'SHA-1', 'RSA-1024']),
    )
  })

  const [rsa, dsa] = [createAuthority({ key: 'rsa2048' }), createAuthority({ key: 'dsa2048' })]
  test.each<[readonly core.Weakness[], string, string, () => Leaf]>([
    [['SHA-1'], 'RSA with SHA-1', 'ERR_SIGNATURES_SHA1', () => rsa.issue({ signature: 'rsa-pkcs1-sha1' })],
    [['RSA-1024'], 'a short key', 'ERR_SIGNATURES_RSA_SIZE', () => rsa.issue({ key: 'rsa1024' })],
    [['DSA'], 'DSA', 'ERR_SIGNATURES_DSA', () => dsa.issue({ key: 'p256' })],
    [['DSA', 'SHA-1'], 'DSA with SHA-1', 'ERR_SIGNATURES_', () => dsa.issue({ key: 'p256', signature: 'dsa-sha1' })],
    [
      ['RSA-1024', 'SHA-1'],
      'both',
      'ERR_SIGNATURES_',
      () => rsa.issue({ key: 'rsa1024', signature: 'rsa-pkcs1-sha1' }),
    ],
  ])('needs %j for %s: with one name less it is refused', async (names, _, code, issue) => {
    const pem = issue().fullChainPem
    const trusted = { trust: { pem: rsa.certificate.pem + dsa.certificate.pem }, clock: () => rsa.at }
    expect((await core.verifyCertificate({ pem }, { ...trusted, ...allowing(...names) })).outcome).toBe('accepted')
    expect(await core.verifyCertificate({ pem }, trusted)).toMatchObject({ outcome: 'rejected' })
    for (const missing of names) {
      const others = core.WEAKNESSES.filter((name) => name !== missing)
      const decision = await core.verifyCertificate({ pem }, { ...trusted, ...allowing(...others) })
      expect('failure' in decision && decision.failure.code).toContain(code)
    }
  })

  test('lets no MD5 pass, whatever is named (RFC 6151)', async () => {
    const pem = rsa.issue({ signature: 'rsa-pkcs1-md5' }).fullChainPem
    const options = { trust: { pem: rsa.certificate.pem }, clock: () => rsa.at, ...allowing(...core.WEAKNESSES) }
    expect(await core.verifyCertificate({ pem }, options)).toMatchObject({
      outcome: 'rejected',
      failure: { code: 'ERR_SIGNATURES_MD5' },
    })
  })
})

test('trust is the one option that must be given', () => {
  expect(mistakeIn({})).toMatchObject({ code: 'ERR_CONFIG_MISSING', option: 'trust' })
  expect(mistakeIn({}).message).toContain("trust: { file: './clients-ca.pem' }")
})

describe('a weakening is said at start', () => {
  const warningsOf = (given: object): readonly string[] => {
    const warnings: string[] = []
    const logger = { info: () => {}, warn: (_: object, message: string) => warnings.push(message) }
    core.createAuthenticator({ trust, logger, ...given }).close()
    return warnings
  }

  test('names the algorithms that are let pass, and says nothing where there are none', () => {
    expect(warningsOf({ [core.dangerouslyAllowWeakAlgorithms]: ['SHA-1', 'DSA'] })).toEqual([
      'dangerouslyAllowWeakAlgorithms: SHA-1, DSA accepted from every authority of `trust`',
    ])
    expect(warningsOf({})).toEqual([])
  })
})
