import { describe, expect, test } from 'vitest'
import { atOnce, inSlices, type Sliced } from '../src/slices.ts'

function* counting(to: number, onStep: () => void = () => {}): Sliced<number> {
  for (let step = 0; step < to; step++) {
    onStep()
    yield
  }
  return to
}

/** Holds the processor for so long. */
function busyFor(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

function* failing(): Sliced<number> {
  yield
  throw new Error('in the middle')
}

describe('long work', () => {
  test('has the same outcome in slices and at once', async () => {
    for (const steps of [0, 1, 1_000]) {
      expect(await inSlices(counting(steps))).toBe(steps)
      expect(atOnce(counting(steps))).toBe(steps)
    }
  })

  test('in slices lets the event loop turn between two pauses that are long apart', async () => {
    let turns = 0
    const seen: number[] = []
    const timer = setInterval(() => turns++, 0)
    await inSlices(
      counting(5, () => {
        busyFor(5)
        seen.push(turns)
      }),
    )
    clearInterval(timer)
    expect(turns).toBeGreaterThan(0)
    expect(new Set(seen).size).toBeGreaterThan(1)
  })

  test('that is short is done before anything else gets a turn', async () => {
    let turned = false
    const immediate = setImmediate(() => {
      turned = true
    })
    await inSlices(counting(3))
    expect(turned).toBe(false)
    clearImmediate(immediate)
  })

  test('at once is done when it returns, and throws what the work throws; in slices it rejects', async () => {
    expect(() => atOnce(failing())).toThrow('in the middle')
    await expect(inSlices(failing())).rejects.toThrow('in the middle')
  })
})
