import '@clientcert/testing/vitest'
import { createAuthority, createTlsClient, DEFAULT_CLOCK, injectWithCertificate, type Leaf } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { dns, type NodeRequest, not, type Route, type TrustMaterial, type TrustSource } from '../src/index.ts'
import { alice, authenticatorFor, behindNginx, linesFor, root } from './behind-nginx.ts'
import { requestPlainly, serve } from './serving.ts'

const other = createAuthority('Other CA')

/** A source whose content the test changes. */
function sourceOf(...authorities: (typeof root)[]): TrustSource & { set: (...next: (typeof root)[]) => void } {
  let held = authorities
  const material = (): TrustMaterial[] => held.map(({ certificate }) => ({ der: certificate.der, origin: 'the test' }))
  return {
    name: 'test',
    load: async () => material(),
    set: (...next) => {
      held = next
    },
  }
}

describe('two authenticators', () => {
  test('never share a verdict, on one connection', async () => {
    const ours = authenticatorFor()
    const theirs = authenticatorFor({ trust: { pem: other.certificate.pem } })
    const { port, seen } = await serve('https', async (request) => {
      const [first, second] = request.url === '/ours-first' ? [ours, theirs] : [theirs, ours]
      const before = await first.authenticate(request)
      const after = await second.authenticate(request)
      return first === ours ? after : before
    })
    const client = await createTlsClient({ port, leaf: alice })
    for (const path of ['/ours-first', '/theirs-first', '/ours-first']) await client.request(path)
    await client.close()
    // Each time what theirs says, to whom she is a stranger.
    for (const { decision } of seen) expect(decision).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
    expect(seen).toHaveLength(3)
  })

  test('never share a verdict, on one header', async () => {
    const ours = behindNginx()
    const theirs = behindNginx(undefined, { trust: { pem: other.certificate.pem } })
    const { port, last } = await serve('http', async (request) => {
      expect(await ours.authenticate(request)).toBeAccepted()
      return theirs.authenticate(request)
    })
    for (let index = 0; index < 2; index++) {
      await requestPlainly({ port }, linesFor(alice))
      expect(last().decision).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
    }
  })

  test('do not take routes of one another', async () => {
    const [ours, theirs] = [authenticatorFor(), authenticatorFor({ mode: 'off' })]
    const foreign = theirs.route('off')
    const { port, seen } = await serve('http', async (request) => {
      expect(() => ours.remembered(request, foreign)).toThrow(
        expect.objectContaining({ code: 'ERR_CONFIG_FOREIGN_COPY' }),
      )
      await expect(ours.authenticate(request, foreign)).rejects.toMatchObject({ code: 'ERR_CONFIG_FOREIGN_COPY' })
      return ours.authenticate(request)
    })
    await requestPlainly({ port })
    expect(seen).toHaveLength(1)
    await expect(ours.verify({ pem: '' }, foreign)).rejects.toMatchObject({ code: 'ERR_CONFIG_FOREIGN_COPY' })
    const forged: Route = { ...foreign }
    await expect(theirs.verify({ pem: '' }, forged)).rejects.toMatchObject({ code: 'ERR_CONFIG_FOREIGN_COPY' })
  })
})

describe('routes', () => {
  test('decide anew about what is remembered: mode, rule, anchors, gate', async () => {
    const authenticator = authenticatorFor({
      trust: [
        { pem: root.certificate.pem, id: 'clients' },
        { pem: other.certificate.pem, id: 'others' },
      ],
    })
    const routes: Readonly<Record<string, Route>> = {
      '/open': authenticator.route('optional'),
      '/alice': authenticator.route({ allow: dns('alice.example') }),
      '/not-alice': authenticator.route({ allow: not(dns('alice.example')) }),
      '/clients': authenticator.route({ anchors: ['clients'] }),
      '/others': authenticator.route({ anchors: ['others'] }),
      '/off': authenticator.route('off'),
    }
    const leaf = root.issue({ san: { dns: 'alice.example' } })
    const { port, seen } = await serve('https', (request) =>
      authenticator.authenticate(request, routes[request.url ?? '']),
    )
    const client = await createTlsClient({ port, leaf })
    const paths = [...Object.keys(routes), ...Object.keys(routes).reverse()]
    for (const path of paths) await client.request(path)
    await client.close()
    const outcomes = seen.map(({ decision }, index) => [
      paths[index],
      'failure' in decision ? decision.failure.code : decision.outcome,
    ])
    const expected = [
      ['/open', 'accepted'],
      ['/alice', 'accepted'],
      ['/not-alice', 'ERR_POLICY_REFUSED'],
      ['/clients', 'accepted'],
      ['/others', 'ERR_PATH_ISSUER_MISSING'],
      ['/off', 'skipped'],
    ]
    expect(outcomes).toEqual([...expected, ...[...expected].reverse()])
  })

  test('inherit what they leave out, and change nothing of it for others', async () => {
    const authenticator = authenticatorFor({ allow: dns('nobody'), responses: 'nginx' })
    const { options } = authenticator.route('optional')
    expect(options).toMatchObject({ mode: 'optional', anchors: null, responses: 'nginx' })
    expect(options.allow?.text).toBe('dns(nobody)')
    const replaced = authenticator.route({ allow: dns('somebody') })
    expect(replaced.options).toMatchObject({ mode: 'required', responses: 'nginx' })
    expect(replaced.options.allow?.text).toBe('dns(somebody)')
    expect(authenticator.route({}).options.allow?.text).toBe('dns(nobody)')
  })

  test('are told apart by their anchors as a set, in whatever order', () => {
    const authenticator = authenticatorFor({
      trust: [
        { pem: root.certificate.pem, id: 'a' },
        { pem: other.certificate.pem, id: 'b' },
      ],
    })
    const keyOf = (...anchors: string[]) => authenticator.route({ anchors }).anchors.key
    expect(keyOf('a', 'b')).toBe(keyOf('b', 'a'))
    expect(keyOf('a')).not.toBe(keyOf('b'))
    expect(keyOf('a', 'b')).not.toBe(authenticator.route({}).anchors.key)
  })
})

describe('a client that comes alone after she came with her chain', () => {
  const intermediate = root.intermediate('Intermediate')
  const [a, b] = [intermediate.issue('a'), intermediate.issue('b')]
  const alone = ({ certificate }: Leaf) => ({ pem: certificate.pem })
  const whole = ({ fullChainPem }: Leaf) => ({ pem: fullChainPem })

  test('is verified with the issuers of then, and nobody else is', async () => {
    const authenticator = authenticatorFor()
    expect(await authenticator.verify(alone(a))).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
    expect(await authenticator.verify(whole(b))).toBeAccepted()
    expect(await authenticator.verify(alone(a))).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
    expect(await authenticator.verify(alone(b))).toBeAccepted()
    expect(await authenticator.verify(whole(a))).toBeAccepted()
    expect(await authenticator.verify(alone(a))).toBeAccepted()
  })

  test('is not helped by a chain that was refused', async () => {
    let now = new Date(root.at.getTime() - 86_400_000 * 400)
    const authenticator = authenticatorFor({ clock: () => now })
    expect(await authenticator.verify(whole(a))).toBeRejectedWith('ERR_PATH_NOT_YET_VALID')
    now = root.at
    expect(await authenticator.verify(alone(a))).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
    const stranger = createAuthority('Stranger').intermediate('Intermediate').issue('a')
    expect(await authenticator.verify(whole(stranger))).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
    expect(await authenticator.verify(alone(stranger))).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
  })

  test('is judged anew: by the anchors of the route, the time, and the trust', async () => {
    let now = root.at
    const source = sourceOf(root)
    const authenticator = authenticatorFor({ trust: source, clock: () => now })
    await authenticator.ready()
    expect(await authenticator.verify(whole(a))).toBeAccepted()
    now = new Date('2100-01-01')
    expect(await authenticator.verify(alone(a))).toBeRejectedWith('ERR_PATH_EXPIRED')
    now = root.at
    expect(await authenticator.verify(alone(a))).toBeAccepted()
    source.set(root, other)
    await authenticator.reload()
    expect(await authenticator.verify(alone(a))).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
  })

  test('is judged by what she sends, where she sends anything', async () => {
    const authenticator = authenticatorFor()
    expect(await authenticator.verify(whole(a))).toBeAccepted()
    const pem = a.certificate.pem + other.certificate.pem
    expect(await authenticator.verify({ pem })).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
  })
})

describe('a change of trust', () => {
  test('ends what was remembered, on connections that exist', async () => {
    const source = sourceOf(root)
    const authenticator = authenticatorFor({ trust: source })
    await authenticator.ready()
    const { port, last } = await serve('https', authenticator)
    const client = await createTlsClient({ port, leaf: alice })
    await client.request()
    expect(last().decision).toBeAccepted()
    source.set(other)
    await authenticator.reload()
    await client.request()
    expect(last().decision).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
    source.set(other, root)
    await authenticator.reload()
    await client.request()
    expect(last().decision).toBeAccepted()
    await client.close()
  })

  test('that fails keeps the last good, and says so', async () => {
    let isBroken = false
    const good = sourceOf(root)
    const load = async () => {
      if (isBroken) throw new Error('disk on fire')
      return good.load()
    }
    const warnings: string[] = []
    const logger = { info: () => {}, warn: (_: object, message: string) => void warnings.push(message) }
    const authenticator = authenticatorFor({ trust: { name: 'flaky', load }, logger })
    await authenticator.ready()
    const before = authenticator.status()
    isBroken = true
    await authenticator.reload()
    expect(await authenticator.verify({ pem: alice.fullChainPem })).toBeAccepted()
    const { ready, epoch, sources } = authenticator.status()
    expect({ ready, epoch }).toEqual({ ready: true, epoch: before.epoch })
    expect(sources[0]?.error).toContain('disk on fire')
    expect(warnings).toEqual([expect.stringContaining('disk on fire')])
  })
})

describe('the clock', () => {
  test('is read for every decision: a client is out when her certificate expires, on the same connection', async () => {
    let now = DEFAULT_CLOCK
    const authenticator = authenticatorFor({ clock: () => now })
    const { port, last } = await serve('https', authenticator)
    const notAfter = new Date(DEFAULT_CLOCK.getTime() + 60_000)
    const client = await createTlsClient({ port, leaf: root.issue({ subject: 'alice', notAfter }) })
    for (const [later, code] of [
      [0, null],
      [60_999, null],
      [61_000, 'ERR_PATH_EXPIRED'],
      [59_000, null],
    ] as const) {
      now = new Date(DEFAULT_CLOCK.getTime() + later)
      await client.request()
      if (code === null) expect(last().decision).toBeAccepted()
      else expect(last().decision).toBeRejectedWith(code)
    }
    await client.close()
  })

  test.each([
    ['an invalid Date', () => new Date(Number.NaN)],
    ['a number', () => 1_767_225_600_000],
    ['nothing', () => undefined],
  ])('that returns %s is a mistake of the application, and admits nobody', async (_, clock) => {
    const authenticator = authenticatorFor({ clock: clock as () => Date })
    const wrong = { name: 'ConfigurationError', code: 'ERR_CONFIG_TYPE', option: 'clock' }
    await expect(authenticator.verify({ pem: alice.fullChainPem })).rejects.toMatchObject(wrong)
    const { server, seen } = await serve('https', async (request: NodeRequest) => {
      expect(() => authenticator.remembered(request)).toThrow(expect.objectContaining(wrong))
      await expect(authenticator.authenticate(request)).rejects.toMatchObject(wrong)
      return { outcome: 'skipped' }
    })
    await injectWithCertificate(server, alice, '/')
    expect(seen).toHaveLength(1)
  })
})

describe('anchors of a route', () => {
  test('restrict the search, not the result: another path to the same client may still be found', async () => {
    const intermediate = root.intermediate('Shared CA')
    const crossed = other.crossSign(intermediate)
    const leaf = intermediate.issue('alice')
    const authenticator = authenticatorFor({
      trust: [
        { pem: root.certificate.pem + intermediate.certificate.pem + crossed.certificate.pem, id: 'root' },
        { pem: other.certificate.pem, id: 'other' },
      ],
    })
    for (const id of ['root', 'other']) {
      const decision = await authenticator.verify({ pem: leaf.certificate.pem }, authenticator.route({ anchors: [id] }))
      expect(decision).toBeAccepted()
      expect(decision).toMatchObject({ identity: { anchor: { id } } })
    }
  })

  test('do not name what carries no id', async () => {
    const authenticator = authenticatorFor({
      trust: [{ pem: root.certificate.pem }, { pem: other.certificate.pem, id: 'other' }],
    })
    const route = authenticator.route({ anchors: ['other'] })
    expect(await authenticator.verify({ pem: alice.fullChainPem }, route)).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
    expect(await authenticator.verify({ pem: alice.fullChainPem })).toBeAccepted()
  })
})
