/** A process of its own for one call: what the very first client of a server can cost, before anything is compiled. */
import type { Hunted } from './hunt.ts'
import { createRefusal } from './refusal.ts'

process.once('message', (hunted: Hunted) => {
  const refuse = createRefusal(hunted)
  refuse().then(
    (refused) => process.send?.(refused, () => process.disconnect()),
    (error: unknown) => process.send?.({ error: String(error) }, () => process.disconnect()),
  )
})
