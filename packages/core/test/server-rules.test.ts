/** Servers, judged by the rules of clients: what is the same, and what is not. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import '@clientcert/testing/vitest'
import { createAuthority, DEFAULT_CLOCK, mintCrl, serverCertificate } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  ConfigurationError,
  createAuthenticator,
  type Logger,
  readServerRules,
  type ServerRuleOptions,
} from '../src/index.ts'

const root = createAuthority('Servers CA')
const trust = { pem: root.certificate.pem }
const server = serverCertificate(root)
const client = root.issue('alice')

function authenticatorOf(options: ServerRuleOptions = {}, logger: Logger | null = null) {
  const authenticator = readServerRules(options).createAuthenticator(trust, { clock: () => DEFAULT_CLOCK, logger })
  onTestFinished(authenticator.close)
  return authenticator
}

/** What is published while a test runs. */
function decisions(): unknown[] {
  const heard: unknown[] = []
  const hear = (message: unknown) => heard.push(message)
  subscribe('clientcert:decision', hear)
  onTestFinished(() => void unsubscribe('clientcert:decision', hear))
  return heard
}

describe('a server', () => {
  test('has to be good for serverAuth (RFC 5280 4.2.1.12)', async () => {
    const { verify } = authenticatorOf()
    expect(await verify({ der: server.certificate.der })).toBeAccepted()
    expect(await verify({ der: client.certificate.der })).toBeRejectedWith('ERR_PATH_EXTENDED_KEY_USAGE')
  })

  test('is told of to the caller alone: no log, no channel, no subscriber takes it for a client', async () => {
    const lines: string[] = []
    const say = (_: object, message: string): void => {
      lines.push(message)
    }
    const heard = decisions()
    const logger = { info: say, warn: say }
    const { verify } = authenticatorOf({}, logger)
    expect(await verify({ der: client.certificate.der })).toBeRejectedWith('ERR_PATH_EXTENDED_KEY_USAGE')
    expect({ heard, lines }).toEqual({ heard: [], lines: [] })

    const clients = createAuthenticator({ trust, clock: () => DEFAULT_CLOCK, logger })
    onTestFinished(clients.close)
    await clients.verify({ der: server.certificate.der })
    expect(heard).toHaveLength(1)
    expect(lines).toEqual([expect.stringMatching(/^client certificate rejected/)])
  })

  test('is judged by revocation as the options say, and sources are told of as ever', async () => {
    const revoked = mintCrl(root, { entries: [server] })
    const { verify, status } = authenticatorOf({ revocation: { mode: 'strict', crls: { der: revoked.der } } })
    expect(await verify({ der: server.certificate.der })).toBeRejectedWith('ERR_REVOCATION_REVOKED')
    expect(status()).toMatchObject({ revocation: 'strict', crlSources: [{ error: null }] })
  })
})

describe('rules for servers', () => {
  test('are read at once, before there are authorities', () => {
    expect(readServerRules({}).revocation).toBe('skip')
    expect(() => readServerRules({ maxIntermediates: 11 })).toThrow(ConfigurationError)
  })

  test('judge by the authorities that they are given, one set after another', async () => {
    const rules = readServerRules({})
    const other = createAuthority('Other CA')
    const of = (pem: string) => rules.createAuthenticator({ pem }, { clock: () => DEFAULT_CLOCK, logger: null })
    const [first, second] = [of(root.certificate.pem), of(other.certificate.pem)]
    onTestFinished(() => [first, second].forEach(({ close }) => void close()))
    expect(await first.verify({ der: server.certificate.der })).toBeAccepted()
    expect(await second.verify({ der: server.certificate.der })).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
  })
})

test('a mistake keeps its code and its fix under another name of its option', () => {
  const mistake = new ConfigurationError('ERR_CONFIG_TYPE', 'revocation.crls', 'is 7', 'Give a list.', 'cause')
  expect(mistake.renamed('crl')).toMatchObject({
    code: 'ERR_CONFIG_TYPE',
    option: 'crl',
    message: 'crl: is 7. Give a list.',
    cause: 'cause',
  })
})
