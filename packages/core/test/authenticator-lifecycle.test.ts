import '@clientcert/testing/vitest'
import { createAuthority, injectWithCertificate } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { createAuthenticator, dns, failureOf, type TrustMaterial, type TrustSource } from '../src/index.ts'
import { alice, authenticatorFor, behindNginx, linesFor, root } from './behind-nginx.ts'
import { requestPlainly, serve } from './serving.ts'

const MATERIAL: readonly TrustMaterial[] = [{ der: root.certificate.der, origin: 'the test' }]

/** A source that loads when the test says so. */
function pendingSource(): TrustSource & { resolve: () => void; reject: (error: Error) => void } {
  const { promise, resolve, reject } = withResolvers<readonly TrustMaterial[]>()
  return { name: 'remote', load: () => promise, resolve: () => resolve(MATERIAL), reject }
}

function withResolvers<Value>() {
  let resolve: (value: Value) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<Value>((onValue, onError) => {
    resolve = onValue
    reject = onError
  })
  return { promise, resolve, reject }
}

describe('before every source has loaded', () => {
  test.each(['required', 'optional', 'optional-no-ca', 'accept-unverified'] as const)(
    'everybody is refused with 503 in mode %s, with a certificate and without',
    async (mode) => {
      const source = pendingSource()
      const authenticator = authenticatorFor({ trust: source, mode })
      const { server, last } = await serve('https', authenticator)
      for (const leaf of [alice, null]) {
        await injectWithCertificate(server, leaf, '/')
        const { decision } = last()
        expect(decision).toBeRejectedWith('ERR_TRUST_NOT_READY')
        if (decision.outcome !== 'rejected') throw new Error('refused, as it was')
        expect(decision).toMatchObject({ reason: 'unavailable', failure: { waitingFor: ['remote'], fault: 'server' } })
        const error = authenticator.refusal(decision)
        expect(error).toMatchObject({ statusCode: 503, message: 'Service Unavailable', fault: 'server' })
        expect(failureOf(error)?.code).toBe('ERR_TRUST_NOT_READY')
      }
      expect(authenticator.status()).toMatchObject({ ready: false, epoch: 0, anchors: 0 })
      source.resolve()
      await authenticator.ready()
      expect(authenticator.status()).toMatchObject({ ready: true, epoch: 1, anchors: 1 })
      await injectWithCertificate(server, alice, '/')
      expect(last().decision).toBeAccepted()
    },
  )

  test('mode off looks at nothing, and waits for nothing', async () => {
    const authenticator = authenticatorFor({ trust: pendingSource(), mode: 'off' })
    const { server, last } = await serve('https', authenticator)
    await injectWithCertificate(server, alice, '/')
    expect(last().decision.outcome).toBe('skipped')
  })

  test('of the trust in proxies, nobody comes in by a header', async () => {
    const source = pendingSource()
    const authenticator = behindNginx({ certificate: { trust: source, allow: dns('ingress.internal') } })
    const ingress = root.issue({ san: { dns: 'ingress.internal' } })
    const { server, last } = await serve('https', authenticator)
    await injectWithCertificate(server, ingress, { headers: linesFor(alice) })
    expect(last().decision).toBeRejectedWith('ERR_TRUST_NOT_READY')
    source.resolve()
    await authenticator.ready()
    await injectWithCertificate(server, ingress, { headers: linesFor(alice) })
    expect(last().decision).toBeAccepted()
    expect(authenticator.status().proxySources).toMatchObject([{ name: 'remote', anchors: 1, error: null }])
  })

  test('a failed first load rejects ready(), and is shown by status(); a later one lets clients in', async () => {
    let fails = true
    const load = async () => {
      if (fails) throw new Error('no route to host')
      return MATERIAL
    }
    const authenticator = authenticatorFor({ trust: { name: 'remote', load } })
    await expect(authenticator.ready()).rejects.toMatchObject({ name: 'SourceError', source: 'remote' })
    expect(authenticator.status().sources).toMatchObject([
      { name: 'remote', lastSuccess: null, error: expect.stringContaining('no route to host') as string },
    ])
    expect(await authenticator.verify({ pem: alice.fullChainPem })).toBeRejectedWith('ERR_TRUST_NOT_READY')
    fails = false
    await authenticator.reload()
    expect(await authenticator.verify({ pem: alice.fullChainPem })).toBeAccepted()
    await expect(authenticator.ready()).resolves.toBeUndefined()
  })

  test('a failed first load that nobody asks about is no unhandled rejection', async () => {
    const source = pendingSource()
    const authenticator = authenticatorFor({ trust: source })
    source.reject(new Error('refused'))
    await new Promise(setImmediate)
    expect(authenticator.status().ready).toBe(false)
  })
})

describe('closing', () => {
  test('refuses everybody from then on, and a second time does nothing', async () => {
    const authenticator = authenticatorFor()
    expect(await authenticator.verify({ pem: alice.fullChainPem })).toBeAccepted()
    authenticator.close()
    authenticator.close()
    const decision = await authenticator.verify({ pem: alice.fullChainPem })
    expect(decision).toBeRejectedWith('ERR_TRUST_NOT_READY')
    expect(decision).toMatchObject({ failure: { message: expect.stringContaining('closed') as string } })
    expect(authenticator.status().ready).toBe(false)
  })

  test('still removes what a proxy asserts', async () => {
    const authenticator = behindNginx()
    authenticator.close()
    const { port, last } = await serve('http', authenticator)
    await requestPlainly({ port }, linesFor(alice))
    expect(last().decision).toBeRejectedWith('ERR_TRUST_NOT_READY')
    expect(last().headers).not.toHaveProperty('ssl-client-cert')
  })

  test('is what await using does at the end of a block', async () => {
    const authenticator = createAuthenticator({ trust: { pem: root.certificate.pem } })
    await authenticator[Symbol.asyncDispose]()
    expect(authenticator.status().ready).toBe(false)
  })
})

describe('status()', () => {
  test('counts what is trusted and what merely completes a path', () => {
    const intermediate = root.intermediate()
    const authenticator = authenticatorFor({
      trust: [
        { pem: root.certificate.pem + intermediate.certificate.pem },
        { pem: createAuthority().certificate.pem, id: 'second' },
      ],
    })
    expect(authenticator.status()).toMatchObject({
      ready: true,
      epoch: 1,
      anchors: 2,
      intermediates: 1,
      revocation: 'skip',
      sources: [
        { anchors: 1, intermediates: 1, error: null, nextRefresh: null },
        { anchors: 1, intermediates: 0, error: null, nextRefresh: null },
      ],
      proxySources: [],
    })
  })
})

describe('vary and refusal', () => {
  test('are of the connection in socket mode, of the header behind a proxy (RFC 9440 section 3)', async () => {
    const [socket, proxied] = [authenticatorFor(), behindNginx()]
    expect([socket.vary, proxied.vary]).toEqual([null, 'ssl-client-cert'])
    const decision = await socket.verify({ pem: 'no PEM' })
    if (decision.outcome !== 'rejected') throw new Error('refused, as it was')
    expect(socket.refusal(decision).headers).toEqual({ 'cache-control': 'no-store', connection: 'close' })
    expect(proxied.refusal(decision).headers).toEqual({ 'cache-control': 'no-store' })
  })
})
