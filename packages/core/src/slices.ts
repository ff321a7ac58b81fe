/**
 * Long work in slices. A CRL of a million entries is 36 MB: walking it takes 30 ms, decoding it from base64 97, hashing it 100, and a server that stops
 * for so long misses its deadlines (measured on Node 20). So whatever grows with the size of what somebody else published is a generator that pauses
 * now and then, and whoever runs it decides whether the event loop gets a turn.
 */
import { setImmediate } from 'node:timers/promises'

/** Work that pauses often: a few hundred microseconds lie between two pauses. */
export type Sliced<Outcome> = Generator<undefined, Outcome>

/** How long the event loop may stand still. Goal: never 15 ms, with garbage collection (10 ms for buffers of this size) and a slow machine on top. */
const SLICE_MS = 2

/** Runs the work; the event loop gets a turn every few milliseconds. Rejects where the work throws. */
export async function inSlices<Outcome>(work: Sliced<Outcome>): Promise<Outcome> {
  let since = performance.now()
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
    if (performance.now() - since < SLICE_MS) continue
    await setImmediate()
    since = performance.now()
  }
}

/** Runs the work in one go: while a program starts, nobody waits yet. */
export function atOnce<Outcome>(work: Sliced<Outcome>): Outcome {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}
