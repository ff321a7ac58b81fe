import { createAuthority } from '@clientcert/testing'
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
import { mistakeIn, trust } from './mistake-in.ts'

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
      revocation: 'skip',
      maxIntermediates: 8,
      maxPresented: 10,
      maxCertificateBytes: 65_536,
      signatureCost: 200,
      memory: { clients: 10_000, refusals: 500 },
      logger: null,
    })
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
      { presented: 0, certificateBytes: 512, signatureCost: 1, remembered: 0 },
      { presented: 64, certificateBytes: 1_048_576, signatureCost: 10_000, remembered: 1_000_000 },
    ]) {
      const { maxPresented, maxCertificateBytes, signatureCost, memory } = resolveOptions({ trust, limits })
      expect({ maxPresented, maxCertificateBytes, signatureCost, clients: memory.clients }).toEqual({
        maxPresented: limits.presented,
        maxCertificateBytes: limits.certificateBytes,
        signatureCost: limits.signatureCost,
        clients: limits.remembered,
      })
    }
    for (const maxIntermediates of [0, 10])
      expect(resolveOptions({ trust, maxIntermediates })).toMatchObject({ maxIntermediates })
  })
})

test('trust is the one option that must be given', () => {
  expect(mistakeIn({})).toMatchObject({ code: 'ERR_CONFIG_MISSING', option: 'trust' })
  expect(mistakeIn({}).message).toContain("trust: { file: './clients-ca.pem' }")
})
