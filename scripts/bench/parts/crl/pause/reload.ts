/** A process of its own, in which a file of a million revocations takes the place of a small one while requests are served. */
import { copyFileSync } from 'node:fs'
import { createAuthenticator } from '@clientcert/core'
import { type Pause, probePause } from './probe.ts'

export interface ReloadQuestion {
  readonly trustPem: string
  readonly leafDer: Uint8Array
  /** The instant of every decision. */
  readonly at: Date
  /** What the source reads. */
  readonly file: string
  /** What it holds at first, and then in turns. */
  readonly small: string
  readonly large: readonly string[]
  readonly rounds: number
}

/** Of each round. */
export interface Reloaded {
  readonly reload: Pause
  readonly verify: Pause
}

process.once('message', (question: ReloadQuestion) => {
  measure(question).then(
    (rounds) => process.send?.(rounds, () => process.disconnect()),
    (error: unknown) => process.send?.({ error: String(error) }, () => process.disconnect()),
  )
})

async function measure({ trustPem, leafDer, at, file, small, large, rounds }: ReloadQuestion): Promise<Reloaded[]> {
  copyFileSync(small, file)
  const authenticator = createAuthenticator({
    trust: { pem: trustPem },
    revocation: { mode: 'strict', crls: { file, reload: 'never' } },
    clock: () => at,
    limits: { remembered: 0 },
  })
  const verify = async (): Promise<void> => {
    const decision = await authenticator.verify({ der: leafDer })
    if (decision.outcome !== 'accepted') throw new Error(`a good client is ${decision.outcome}`)
  }
  await verify()
  const reloaded: Reloaded[] = []
  for (let round = 0; round < rounds; round++) {
    copyFileSync(large[round % large.length] ?? small, file)
    const before = authenticator.status().crlSources[0]?.lastSuccess
    const reload = await probePause(authenticator.reload)
    const [source] = authenticator.status().crlSources
    if (source?.error != null || source?.entries === 0)
      throw new Error(`not loaded since ${before?.toISOString()}: ${source?.error}`)
    // The signature is verified when the first client of its authority comes.
    reloaded.push({ reload, verify: await probePause(verify) })
  }
  authenticator.close()
  return reloaded
}
