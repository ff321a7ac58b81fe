/** One process of a fleet, as an application would be: told by its parent which certificate has come, and says what it decided. */
import { createKeyv } from '@keyv/redis'
import { createAuthenticator } from '../../../src/index.ts'

export interface Membership {
  readonly trust: string
  readonly redis: string
  readonly mode: 'ignore-ca-error' | 'strict'
  readonly port: number
  readonly now: number
}

export interface Verdict {
  /** Who vouched for it and how, or the code that refused it. */
  readonly outcome: string
}

const { trust, redis, mode, port, now } = JSON.parse(process.argv[2] ?? '') as Membership
const store = createKeyv(redis, { throwOnConnectError: false })
store.on('error', () => {}) // `status().fetched.store` tells.

const authenticator = createAuthenticator({
  trust: { pem: trust },
  clock: () => new Date(now),
  revocation: {
    mode,
    follow: ['ocsp'],
    fetch: { hosts: ['127.0.0.1'], addresses: ['127.0.0.1'], ports: [port], timeoutMs: 2_000 },
    cache: { store },
  },
})

async function decide(pem: string): Promise<Verdict> {
  const decision = await authenticator.verify({ pem })
  if (decision.outcome === 'rejected') return { outcome: decision.failure.code }
  return { outcome: decision.outcome === 'accepted' ? decision.revocation.status : decision.outcome }
}

process.on('message', (pem: string) => {
  void decide(pem).then((verdict) => process.send?.(verdict))
})
process.send?.('ready')
