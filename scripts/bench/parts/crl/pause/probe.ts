/**
 * How long the event loop stood still.
 *
 * A turn of `setImmediate` after the other, and the longest time between two: exactly the time in which nobody else's callback could run, garbage collection
 * included. `monitorEventLoopDelay` samples a timer of a millisecond at least and adds its own lateness, and on a busy machine that of the scheduler; so each gap is taken
 * by the smaller of wall and processor time, like every figure here, and the histogram's is said beside it.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { startStopwatch } from '../../../clock.ts'

export interface Pause {
  readonly ms: number
  /** By `monitorEventLoopDelay` at 1 ms, by the clock on the wall. */
  readonly histogramMs: number
}

/** Probes while the work is under way. */
export async function probePause(work: () => Promise<unknown>): Promise<Pause> {
  const histogram = monitorEventLoopDelay({ resolution: 1 })
  let longest = 0
  let isOver = false
  let elapsed = startStopwatch()
  const turn = (): void => {
    longest = Math.max(longest, elapsed())
    elapsed = startStopwatch()
    if (!isOver) setImmediate(turn)
  }
  histogram.enable()
  setImmediate(turn)
  await work()
  isOver = true
  // The last stretch of the work ends in this turn.
  longest = Math.max(longest, elapsed())
  histogram.disable()
  return { ms: longest / 1e6, histogramMs: histogram.max / 1e6 }
}
