/** What is forwarded in each format is what our own adapters read behind it. */
import { type Decision, forwardHeaders, PROXY_NAMES } from '@clientcert/core'
import { createFormat } from '@clientcert/core/headers'
import { describe, expect, test } from 'vitest'
import { alice, assertingNames, bob, decidedOn, expired, send, spoofed, startApplication } from './applications.ts'

describe.each(PROXY_NAMES)('%s: what a gateway forwards', (name) => {
  const format = createFormat(name)
  // Without a verdict, a certificate that is forwarded would pass for a verified one; and Google Cloud says that there is one, and forwards none.
  const unverified =
    name === 'google-cloud'
      ? 'rejected ERR_EVIDENCE_CONTRADICTION'
      : format.verdictHeader === null
        ? 'anonymous'
        : 'unverified ERR_PATH_EXPIRED'

  test('is read again as what was decided', async () => {
    const { port } = await startApplication(name)
    const ask = (decision: Decision) => send(port, forwardHeaders(decision, name, { host: 'a.example' }))
    expect(await ask(await decidedOn(alice))).toBe('accepted CN=alice')
    expect(await ask(await decidedOn(expired))).toBe(unverified)
    expect(await ask({ outcome: 'anonymous' })).toBe('anonymous')
    expect(await ask({ outcome: 'skipped' })).toBe('anonymous')
  })

  test('is the same, whatever its client had written under any name', async () => {
    const { port, last } = await startApplication(name)
    const bobs = await spoofed()
    const incoming = { ...bobs, connection: ['close', ...Object.keys(bobs)].join(', '), 'x-kept': '1' }
    const ask = (decision: Decision) => send(port, forwardHeaders(decision, name, incoming))
    expect(await ask(await decidedOn(alice))).toBe('accepted CN=alice')
    expect(last().names).toContain('x-kept')
    expect(assertingNames(last().names)).toEqual(Object.keys(forwardHeaders(await decidedOn(alice), name)))
    expect(await ask({ outcome: 'anonymous' })).toBe('anonymous')
    expect(assertingNames(last().names)).toEqual(Object.keys(forwardHeaders({ outcome: 'anonymous' }, name)))
  })

  test('is the word of whoever sends it: bob, where somebody pastes his, and refused under a name that resembles it', async () => {
    const { port } = await startApplication(name)
    const pasted = forwardHeaders(await decidedOn(bob), name)
    expect(await send(port, pasted)).toBe('accepted CN=bob')
    const alike = Object.entries(pasted).map(([header, value]): [string, string] => [
      header.replaceAll(/[-_]/g, '.'),
      value,
    ])
    expect(await send(port, Object.fromEntries<string>(alike))).toBe('rejected ERR_EVIDENCE_LOOKALIKE_HEADER')
  })
})
