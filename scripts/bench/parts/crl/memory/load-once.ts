/** A process of its own, which loads a list and says what that added to it. */
import { readFileSync } from 'node:fs'
import type { Internals } from '../../../internals.ts'
import type { MemoryQuestion, Taken } from './measure-memory.ts'

process.once('message', ({ path, url }: MemoryQuestion) => {
  measure(path, url).then(
    (taken) => process.send?.(taken, () => process.disconnect()),
    (error: unknown) => process.send?.({ error: String(error) }, () => process.disconnect()),
  )
})

async function measure(path: string, url: string): Promise<Taken> {
  const { readCrls, inSlices } = (await import(url)) as Internals
  const before = settle()
  const crls = await inSlices(readCrls(readFileSync(path), path))
  const after = settle()
  if (!crls.ok) throw new Error(crls.failure)
  return {
    retained: after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed,
    resident: after.rss - before.rss,
    entries: crls.value.reduce((sum, { index }) => sum + index.entries, 0),
  }
}

function settle(): NodeJS.MemoryUsage {
  if (!globalThis.gc) throw new Error('started without --expose-gc')
  for (let count = 0; count < 3; count++) globalThis.gc()
  return process.memoryUsage()
}
