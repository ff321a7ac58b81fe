import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TlsMaterial } from '@clientcert/core'
import { createAuthority, mintCrl, serverCertificate } from '@clientcert/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { ContextOptions, ProtocolOptions, ServerOptions } from '../../src/index.ts'
import { temporaryDirectory } from '../material/material-files.ts'
import {
  ask,
  clients,
  contextOf,
  errorOf,
  localhost,
  ours,
  pemOf,
  servers,
  startTcp,
  startUpstream,
} from '../serving.ts'

const next = clients.issue({ subject: 'gateway-2' })
const replacing = createAuthority('Next Servers CA')

/** A context whose material the test replaces. */
function rotating(options: ContextOptions & ServerOptions & ProtocolOptions = {}) {
  let material: TlsMaterial = pemOf(ours)
  const source = { name: 'test', load: () => material, watch: () => () => {} }
  const context = contextOf({ source, ...options })
  const rotate = async (to: TlsMaterial) => {
    material = to
    await context.reload()
  }
  return { context, rotate }
}

const quiet = { info: () => {}, warn: () => {} }

describe('after a rotation', () => {
  test('new connections present the newest certificate, and those that are open keep theirs', async () => {
    const upstream = await startUpstream(localhost)
    const { context, rotate } = rotating({ gracePeriodMs: 300 })
    const old = await context.connect(upstream.target)
    await ask(old)
    const told: number[] = []
    context.onRotation(() => told.push(context.status().rotations))
    await rotate(pemOf(next))
    expect(told).toEqual([1])
    const secured = upstream.next()
    await context.connect(upstream.target)
    expect((await secured).getPeerCertificate().subject.CN).toBe('gateway-2')
    expect(await ask(old)).toBe('pong')
    expect(context.status().connections).toEqual({ open: 2, retiring: 1 })
    old.destroy()
    expect(context.status().connections).toEqual({ open: 1, retiring: 0 })
  })

  test('connections with the old one end when the grace period is over, and say so', async () => {
    const upstream = await startUpstream(localhost)
    const { context, rotate } = rotating({ gracePeriodMs: 0 })
    const old = await context.connect(upstream.target)
    const ended = once(old, 'error')
    await rotate(pemOf(next))
    const [error] = (await ended) as [Error]
    expect(error).toMatchObject({ code: 'ERR_UPSTREAM_RETIRED', failure: { gracePeriodMs: 0 } })
    expect(context.status().connections).toEqual({ open: 0, retiring: 0 })
  })

  test('one that was being made belongs to the certificate that it began with and ends with it; it is tried once more, with the newest', async () => {
    let begun = (): void => {}
    const waiting = new Promise<void>((resolve) => {
      begun = resolve
    })
    let connections = 0
    const port = await startTcp((socket) => {
      begun()
      if (++connections === 2) socket.destroy()
    })
    const { context, rotate } = rotating({ gracePeriodMs: 0 })
    const connecting = errorOf(context.connect({ host: 'localhost', port, family: 4 }))
    await waiting
    await rotate(pemOf(next))
    expect(await connecting).toMatchObject({ code: 'ECONNRESET' })
    expect(connections).toBe(2)
  })

  test.each([
    ['has one of the new authority', () => replacing, 'gateway-2'],
    ['has one of an authority that is not the new one either', () => createAuthority('Nobody'), null],
  ])('one that meets a server which %s is judged once more, by the newest authorities', async (_, authority, seen) => {
    let upgrade = (): void => {}
    const upstream = await startUpstream(serverCertificate(authority()), {
      ALPNCallback: ({ protocols }) => {
        upgrade()
        return protocols[0]
      },
    })
    const { context, rotate } = rotating({ alpnProtocols: 'x' })
    upgrade = () => void rotate(pemOf(next, replacing))
    const connecting = context.connect(upstream.target)
    if (seen === null) {
      expect(await errorOf(connecting)).toMatchObject({ code: 'ERR_UPSTREAM_CERTIFICATE' })
      expect(upstream.received()).toBe(0)
      return
    }
    const socket = await connecting
    expect(await ask(socket)).toBe('pong')
    expect(socket.getX509Certificate()?.subject).toBe(`CN=${seen}`)
    expect(context.status()).toMatchObject({ rotations: 1, connections: { open: 1, retiring: 0 } })
  })

  test('one that was being made is handed over, and counts as old', async () => {
    let upgrade = (): void => {}
    const upstream = await startUpstream(localhost, {
      ALPNCallback: ({ protocols }) => {
        upgrade()
        return protocols[0]
      },
    })
    const { context, rotate } = rotating({ gracePeriodMs: 300, alpnProtocols: 'x' })
    const rotated = new Promise<void>((resolve) => {
      upgrade = () => void rotate(pemOf(next)).then(resolve)
    })
    const secured = upstream.next()
    const socket = await context.connect(upstream.target)
    await rotated
    expect((await secured).getPeerCertificate().subject.CN).toBe('gateway')
    expect(context.status().connections).toEqual({ open: 1, retiring: 1 })
    expect(await ask(socket)).toBe('pong')
  })

  test('servers are verified by the newest authorities', async () => {
    const upstream = await startUpstream(localhost)
    const { context, rotate } = rotating()
    await context.connect(upstream.target)
    await rotate(pemOf(next, createAuthority('Other CA')))
    expect(await errorOf(context.connect(upstream.target))).toMatchObject({ code: 'ERR_UPSTREAM_CERTIFICATE' })
    await rotate(pemOf(ours))
    await context.connect(upstream.target)
  })

  test('the same material is no rotation', async () => {
    const upstream = await startUpstream(localhost)
    const { context, rotate } = rotating()
    const socket = await context.connect(upstream.target)
    await rotate(pemOf(ours))
    expect(context.status()).toMatchObject({ rotations: 0, connections: { open: 1, retiring: 0 } })
    expect(socket.destroyed).toBe(false)
  })

  test('a listener that throws keeps nobody else from hearing of it', async () => {
    const { context, rotate } = rotating()
    let told = 0
    const stopThrowing = context.onRotation(() => {
      throw new Error('of the test')
    })
    const stop = context.onRotation(() => told++)
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => warn.mockRestore())
    await rotate(pemOf(next))
    expect(warn).toHaveBeenCalledWith('Error: of the test', 'ClientCertWarning')
    stopThrowing()
    stop()
    await rotate(pemOf(ours))
    expect(told).toBe(1)
  })
})

test('authorities that nothing can be verified by are not taken, and the old ones go on', async () => {
  const upstream = await startUpstream(localhost)
  const { context, rotate } = rotating({ logger: quiet })
  await context.connect(upstream.target)
  await rotate({ ...pemOf(next), caCertChain: next.certificate.pem })
  const { rotations, material, connections } = context.status()
  expect({ rotations, retiring: connections.retiring }).toEqual({ rotations: 0, retiring: 0 })
  expect(material.error).not.toBeNull()
  await context.connect(upstream.target)
})

test.each(['by itself', 'when it is told to'])(
  'material that could not be taken into use, for a CRL that was away, is taken %s',
  async (how) => {
    const file = join(temporaryDirectory(), 'crl.pem')
    const lists = [servers, replacing].map((authority) => mintCrl(authority).pem).join('')
    writeFileSync(file, lists)
    const upstream = await startUpstream(localhost)
    const { context, rotate } = rotating({ logger: quiet, crl: { file } })
    rmSync(file)
    await rotate(pemOf(next, replacing))
    expect(context.status().rotations).toBe(0)
    expect(context.status().material.error).toContain(file)
    await context.connect(upstream.target)
    writeFileSync(file, lists)
    if (how === 'when it is told to') await context.reload()
    else await vi.waitFor(() => expect(context.status().rotations).toBe(1), { timeout: 30_000 })
    expect(context.status()).toMatchObject({ rotations: 1, material: { error: null } })
    expect(await errorOf(context.connect(upstream.target))).toMatchObject({ code: 'ERR_UPSTREAM_CERTIFICATE' })
  },
  60_000,
)
