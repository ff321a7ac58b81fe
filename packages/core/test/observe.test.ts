import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import '@clientcert/testing/vitest'
import { broken, createAuthority, createTlsClient, injectWithCertificate } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type DecisionMessage,
  FAILURES,
  type Logger,
  reasonOf,
  type SourceMessage,
  type TrustMaterial,
} from '../src/index.ts'
import { alice, authenticatorFor, behindNginx, linesFor, root } from './behind-nginx.ts'
import { requestPlainly, serve } from './serving.ts'

/** Everything that is published on a channel during the test. */
function published<Message>(name: string): readonly Message[] {
  const messages: Message[] = []
  const onMessage = (message: unknown) => void messages.push(message as Message)
  subscribe(name, onMessage)
  onTestFinished(() => void unsubscribe(name, onMessage))
  return messages
}

type Line = Readonly<{ level: 'info' | 'warn'; details: object; message: string }>

function createLog(): { logger: Logger; lines: Line[] } {
  const lines: Line[] = []
  const write = (level: Line['level']) => (details: object, message: string) =>
    void lines.push({ level, details, message })
  return { logger: { info: write('info'), warn: write('warn') }, lines }
}

/** The certificates of hostile people, whose names try to write lines and labels of their own. */
const HOSTILE = 'x"} 1\nclientcert_decisions_total{outcome="accepted\u001b[2J\u202e'

describe('clientcert:decision', () => {
  test('is told of every decision, and whether it was verified for this request', async () => {
    const messages = published<DecisionMessage>('clientcert:decision')
    const authenticator = authenticatorFor({ mode: 'optional' })
    const { port, seen } = await serve('https', authenticator)
    const client = await createTlsClient({ port, leaf: alice })
    await client.request()
    await client.request()
    await client.close()
    const anonymous = await createTlsClient({ port })
    await anonymous.request()
    await anonymous.close()
    expect(messages.map(({ answer, decision }) => [answer, decision.outcome])).toEqual([
      ['verified-now', 'accepted'],
      ['remembered', 'accepted'],
      ['not-needed', 'anonymous'],
    ])
    expect(messages.map(({ decision }) => decision)).toEqual(seen.map(({ decision }) => decision))
    for (const { decision } of messages) expect(Object.isFrozen(decision)).toBe(true)
  })

  test('hears of a header that is known from another connection, and of one that is not', async () => {
    const messages = published<DecisionMessage>('clientcert:decision')
    const { port } = await serve('http', behindNginx())
    const bob = root.issue('bob')
    for (const leaf of [alice, alice, bob, alice, bob]) await requestPlainly({ port }, linesFor(leaf))
    expect(messages.map(({ answer }) => answer)).toEqual([
      'verified-now',
      'remembered',
      'verified-now',
      'remembered',
      'remembered',
    ])
  })

  test('hears of what was decided without looking: mode off', async () => {
    const messages = published<DecisionMessage>('clientcert:decision')
    const { server } = await serve('https', authenticatorFor({ mode: 'off' }))
    await injectWithCertificate(server, alice, '/')
    expect(messages).toEqual([{ decision: { outcome: 'skipped' }, answer: 'not-needed' }])
  })
})

describe('clientcert:source', () => {
  test('is told of every load after the first, good or bad', async () => {
    const messages = published<SourceMessage>('clientcert:source')
    let content: () => readonly TrustMaterial[] = () => [{ der: root.certificate.der, origin: 'the test' }]
    const { logger, lines } = createLog()
    const authenticator = authenticatorFor({ trust: { name: 'test', load: () => content() }, logger })
    await authenticator.reload()
    content = () => {
      throw new Error('gone')
    }
    await authenticator.reload()
    content = () => [{ der: createAuthority().certificate.der, origin: 'the test' }]
    await authenticator.reload()
    expect(messages.map(({ source, outcome, epoch }) => [source, outcome, epoch])).toEqual([
      ['test', 'loaded', 1],
      ['test', 'kept-last-good', 1],
      ['test', 'loaded', 2],
    ])
    expect(messages[1]?.error).toMatchObject({ name: 'SourceError', code: 'ERR_SOURCE_LOAD', source: 'test' })
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'info test loaded',
      'warn test could not be loaded: gone',
      'info test loaded',
    ])
  })
})

describe('metrics()', () => {
  test('is Prometheus text (exposition format 0.0.4), by outcome and code', async () => {
    const authenticator = authenticatorFor({ mode: 'optional' })
    for (const leaf of [alice, alice, broken.expired(root), createAuthority().issue(HOSTILE)]) {
      await authenticator.verify({ pem: leaf.fullChainPem })
    }
    await authenticator.reload()
    expect(authenticator.metrics()).toBe(
      [
        '# HELP clientcert_decisions_total Requests decided, by outcome and failure code.',
        '# TYPE clientcert_decisions_total counter',
        'clientcert_decisions_total{outcome="accepted",code=""} 2',
        'clientcert_decisions_total{outcome="rejected",code="ERR_PATH_EXPIRED"} 1',
        'clientcert_decisions_total{outcome="rejected",code="ERR_PATH_ISSUER_MISSING"} 1',
        '# HELP clientcert_source_loads_total Loads of sources after the first, and what is fetched failing and answering again.',
        '# TYPE clientcert_source_loads_total counter',
        'clientcert_source_loads_total{outcome="loaded"} 1',
        'clientcert_source_loads_total{outcome="kept-last-good"} 0',
        '# HELP clientcert_revocation_unanswered_total Requests let in though nobody said whether the client is revoked.',
        '# TYPE clientcert_revocation_unanswered_total counter',
        'clientcert_revocation_unanswered_total 0',
        '# HELP clientcert_revocations_total Revocations that sources which are asked made known.',
        '# TYPE clientcert_revocations_total counter',
        'clientcert_revocations_total 0',
        '# HELP clientcert_leniencies_total Deviations from DER or RFC 5280 let pass in verified paths.',
        '# TYPE clientcert_leniencies_total counter',
        '',
      ].join('\n'),
    )
  })

  test('has labels of closed sets alone, whatever strangers send', async () => {
    const authenticator = behindNginx(undefined, { mode: 'accept-unverified' })
    const { port } = await serve('http', authenticator)
    const strangers = [
      createAuthority(HOSTILE).issue(HOSTILE),
      broken.selfSigned({ subject: HOSTILE }),
      root.issue(HOSTILE),
    ]
    for (const leaf of strangers) {
      await requestPlainly({ port }, linesFor(leaf).slice(0, 2))
      await requestPlainly({ port }, [...linesFor(leaf).slice(0, 1), ['ssl-client-verify', 'FAILED:x"} 1']])
    }
    const codes = ['', ...Object.values(FAILURES).flatMap((leg) => Object.keys(leg))]
    const outcomes = ['accepted', 'anonymous', 'unverified', 'rejected', 'skipped']
    const samples = authenticator
      .metrics()
      .split('\n')
      .filter((line) => line.startsWith('clientcert_decisions_total'))
    expect(samples.length).toBeGreaterThan(2)
    for (const sample of samples) {
      const { outcome = '?', code = '?' } =
        /\{outcome="(?<outcome>\w+)",code="(?<code>\w*)"\} \d+$/.exec(sample)?.groups ?? {}
      expect(outcomes).toContain(outcome)
      expect(codes).toContain(code)
    }
  })

  test('are of one authenticator', async () => {
    const [one, other] = [authenticatorFor(), authenticatorFor()]
    await one.verify({ pem: alice.fullChainPem })
    expect(other.metrics()).not.toContain('accepted')
  })
})

describe('the logger', () => {
  test('gets every refusal and everything passed on unverified, and nobody who came in', async () => {
    const { logger, lines } = createLog()
    const authenticator = authenticatorFor({ logger })
    const stranger = createAuthority().issue('mallory')
    const decisions = [
      await authenticator.verify({ pem: alice.fullChainPem }),
      await authenticator.verify({ pem: stranger.fullChainPem }),
      await authenticator.verify({ pem: stranger.fullChainPem }, authenticator.route('accept-unverified')),
      await authenticator.verify({ pem: stranger.fullChainPem }, authenticator.route('off')),
    ]
    expect(decisions.map(({ outcome }) => outcome)).toEqual(['accepted', 'rejected', 'unverified', 'skipped'])
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ['warn', reasonOf(decisions[1] ?? { outcome: 'skipped' })],
      ['warn', reasonOf(decisions[2] ?? { outcome: 'skipped' })],
    ])
  })

  test('gets which certificate, which rule, what to do; and no certificate itself', async () => {
    const { logger, lines } = createLog()
    await authenticatorFor({ logger }).verify({ pem: broken.expired(root, { subject: 'bob' }).fullChainPem })
    expect(lines[0]?.details).toMatchObject({
      clientCert: {
        outcome: 'rejected',
        code: 'ERR_PATH_EXPIRED',
        leg: 'path',
        fault: 'client',
        certificate: { position: 0, subject: 'CN=bob' },
        explanation: expect.arrayContaining([expect.stringContaining('RFC 5280')]) as string[],
      },
    })
    expect(JSON.stringify(lines)).not.toMatch(/BEGIN|MII/)
  })

  test('gets no line or colour that a stranger wrote', async () => {
    const { logger, lines } = createLog()
    await authenticatorFor({ logger }).verify({ pem: createAuthority(HOSTILE).issue(HOSTILE).fullChainPem })
    const text = JSON.stringify(lines)
    expect(lines[0]?.message).not.toMatch(/\p{Cc}|\p{Cf}/u)
    // JSON would escape them: what is there is escaped before.
    expect(text).not.toMatch(/(?<!\\)\\n|\\u001b|\u202e/)
    expect(text).toContain('u{1b}')
  })

  test('of the request comes before that of the authenticator', async () => {
    const [own, ofRequest] = [createLog(), createLog()]
    const authenticator = authenticatorFor({ logger: own.logger })
    const { port } = await serve('http', (request) => authenticator.authenticate(request, undefined, ofRequest.logger))
    await requestPlainly({ port })
    expect([own.lines.length, ofRequest.lines.length]).toEqual([0, 1])
  })

  test('may be a console or a pino: its methods are called on it', async () => {
    class Log implements Logger {
      readonly #lines: string[] = []
      info(): void {}
      warn(_details: object, message: string): void {
        this.#lines.push(message)
      }
      get lines(): readonly string[] {
        return this.#lines
      }
    }
    const logger = new Log()
    await authenticatorFor({ logger }).verify({ pem: 'hello' })
    expect(logger.lines).toHaveLength(1)
  })
})
