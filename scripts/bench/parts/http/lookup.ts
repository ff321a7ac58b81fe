/**
 * Goal 6: from the text of a header, taken from the request and past the gate, to the remembered authentication. No reading of the request, no mode, no policy.
 *
 * The text is a fresh string each time, as Node's parser makes it: one that was looked up before is compared with itself in no time.
 */
import { createAuthenticator } from '@clientcert/core'
import { decodeNginx } from '@clientcert/core/headers'
import { startStopwatch } from '../../clock.ts'
import type { Internals } from '../../internals.ts'
import type { PartOptions } from '../../part.ts'
import { type Contender, medianOf, takeTurns } from '../../rounds.ts'
import type { Material } from './material.ts'

/** Microseconds. */
export interface LookupFigures {
  /** Another client with each request, on connections that a proxy shares among all. */
  readonly among: number
  /** The client of the request before, on the same connection. */
  readonly sameSocket: number
}

const IDENTITIES = 10_000

/** Connections of the proxy. */
const CONNECTIONS = 32

/** Made afresh at a time, and still in the processor's cache when looked up, as a request's is. */
const BATCH = 250

export async function measureLookup(
  internals: Internals,
  material: Material,
  options: PartOptions,
): Promise<LookupFigures> {
  const { createMemory, DEFAULT_MEMORY } = internals
  const memory = createMemory(DEFAULT_MEMORY)
  const texts = textsLike(material.clients[0].header)
  const connections = Array.from({ length: CONNECTIONS }, () => ({}))
  const moment = { at: Date.now(), epoch: 1, revocationEpoch: 1 }
  const authentication = await authenticate(material)
  const connectionAt = (index: number): object => connections[index % CONNECTIONS] ?? connections
  for (const [index, text] of texts.entries()) {
    memory.remember(by(fresh(text), connectionAt(index)), '', moment, authentication)
  }
  const isFound = (text: string, index: number): boolean =>
    memory.recall(by(text, connectionAt(index)), '', moment) === authentication
  const contenders = [
    contenderOf('among', texts, isFound),
    contenderOf('same socket', texts.slice(0, CONNECTIONS), isFound),
  ]
  const micros = await takeTurns(contenders, options)
  const at = (name: string): number => medianOf(micros.get(name) ?? [])
  return { among: at('among'), sameSocket: at('same socket') }
}

/** What a header's verdict is remembered by. */
const by = (text: string, connection: object) => ({ connection, text })

/** What a real one comes to: what is remembered has its path, its end and its report. */
async function authenticate({ clientCa, clients }: Material) {
  const decoded = decodeNginx(clients[0].header)
  if (!decoded.ok) throw new Error(decoded.failure.message)
  const decision = await createAuthenticator({ trust: { pem: clientCa } }).verify({ der: decoded.value })
  if (decision.outcome !== 'accepted') throw new Error(`a good client is ${decision.outcome}`)
  const { identity, path, revocation } = decision
  return { kind: 'verified', identity, path, revocation } as const
}

/** Headers of as many clients, as octets: each has a signature of its own, the rest is the same. */
const textsLike = (header: string): readonly Buffer[] =>
  Array.from({ length: IDENTITIES }, (_, index) => {
    const signature = Buffer.from(`${index}`.padStart(8, '0').repeat(6)).toString('base64').slice(0, 50)
    return Buffer.from(`${header.slice(0, -110)}${signature}${header.slice(-60)}`, 'latin1')
  })

const fresh = (text: Buffer): string => text.toString('latin1')

/** Looks up clients in an order that no cache knows. */
function contenderOf(
  name: string,
  texts: readonly Buffer[],
  isFound: (text: string, index: number) => boolean,
): Contender {
  // Prime to their number, so that everybody comes once before anybody comes again.
  const step = 7_919
  let next = 0
  return {
    name,
    run: (times) => {
      let took = 0
      for (let left = times; left > 0; left -= BATCH) {
        const batch = Array.from({ length: Math.min(BATCH, left) }, () => {
          next = (next + step) % texts.length
          return { index: next, text: fresh(texts[next] ?? Buffer.alloc(0)) }
        })
        const elapsed = startStopwatch()
        for (const { text, index } of batch)
          if (!isFound(text, index)) throw new Error(`${name}: somebody is forgotten`)
        took += elapsed()
      }
      return Promise.resolve(took)
    },
  }
}
