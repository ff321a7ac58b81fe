import { describe, expect, test } from 'vitest'
import { createSlots } from '../../../src/revocation/fetch/slots.ts'

const never = () => new AbortController().signal

/** Work that lasts until it is told to end. */
function work() {
  let end = (): void => {}
  let hasBegun = false
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const run = async () => {
    hasBegun = true
    await ended
    return 'done'
  }
  return { run, end, hasBegun: () => hasBegun }
}

const turn = () => new Promise(setImmediate)

describe('slots', () => {
  test('a host that holds six does not hold up another, and gives to the next of its own', async () => {
    const slots = createSlots()
    const slow = Array.from({ length: 7 }, work)
    const outcomes = slow.map(({ run }) => slots.run('slow.example', never(), run))
    expect(slow.map(({ hasBegun }) => hasBegun())).toEqual([true, true, true, true, true, true, false])
    expect(await slots.run('quick.example', never(), () => Promise.resolve('at once'))).toBe('at once')
    expect(slow[6]?.hasBegun()).toBe(false)
    slow[0]?.end()
    await turn()
    expect(slow[6]?.hasBegun()).toBe(true)
    for (const { end } of slow) end()
    expect(await Promise.all(outcomes)).toEqual(new Array(7).fill('done'))
  })

  test('sixteen in all', async () => {
    const slots = createSlots()
    const all = Array.from({ length: 17 }, work)
    const outcomes = all.map(({ run }, index) => slots.run(`${index}.example`, never(), run))
    expect(all.filter(({ hasBegun }) => hasBegun())).toHaveLength(16)
    for (const { end } of all) end()
    expect(await Promise.all(outcomes)).toHaveLength(17)
  })

  test('who waits may give up, and work that fails makes room', async () => {
    const slots = createSlots()
    const busy = Array.from({ length: 6 }, work)
    const outcomes = busy.map(({ run }) => slots.run('a.example', never(), run))
    const giving = new AbortController()
    const given = slots.run('a.example', giving.signal, () => Promise.resolve('never'))
    const failing = slots.run('a.example', never(), () => Promise.reject(new Error('failed')))
    const next = slots.run('a.example', never(), () => Promise.resolve('next'))
    giving.abort(new Error('enough'))
    await expect(given).rejects.toThrow('enough')
    busy[0]?.end()
    await expect(failing).rejects.toThrow('failed')
    expect(await next).toBe('next')
    for (const { end } of busy) end()
    await Promise.all(outcomes)
  })

  test('a thousand may wait, and one more is turned away', async () => {
    const slots = createSlots()
    const busy = Array.from({ length: 1_007 }, work)
    const outcomes = busy.map(({ run }) => slots.run('a.example', never(), run))
    expect(await outcomes[1_006]).toBeNull()
    for (const { end } of busy) end()
    expect((await Promise.all(outcomes)).filter((outcome) => outcome === 'done')).toHaveLength(1_006)
  })
})
