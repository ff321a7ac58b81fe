/** Consul's certificates on both ends of running connections, while they and their roots rotate, and while the agent breaks. */
import { createConsulConnect } from '@clientcert/consul'
import { createServer } from '@clientcert/https'
import { type ConsulAgent, type ConsulFault, startConsulAgent } from '@clientcert/testing'
import { createTlsContext } from '@clientcert/upstream'
import { expect, onTestFinished, test } from 'vitest'

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => void setTimeout(resolve, 5))
}

async function start() {
  const agent = await startConsulAgent({ at: new Date() })
  onTestFinished(() => agent.stop())
  const url = agent.url
  const [web, api] = ['web', 'api'].map((service) =>
    createConsulConnect({ service, url, waitSeconds: 1, requestTimeoutMs: 3_000 }),
  )
  if (!web || !api) throw new TypeError('there are two')
  onTestFinished(() => {
    web.close()
    api.close()
  })

  const pairOf = async () => {
    const material = await api.material.load()
    if (!('certChain' in material)) throw new TypeError('it is PEM')
    return { cert: String(material.certChain), key: String(material.privateKey) }
  }
  const seen = new Set<string>()
  const server = createServer({ ...(await pairOf()), trust: api.trust }, (request, response) => {
    seen.add(request.clientCert?.fingerprint ?? '')
    response.end(request.clientCert?.spiffeId)
  })
  api.material.watch?.(
    () =>
      void pairOf().then(
        (pair) => server.setSecureContext(pair),
        () => {},
      ),
  )
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0

  const context = createTlsContext({ source: web.material, logger: { info: () => {}, warn: () => {} } })
  await context.ready()
  // The runtime's own fetch, whose types are of another undici.
  const options: object = { dispatcher: context.dispatcher() }
  onTestFinished(async () => {
    await context.close()
    server.closeAllConnections()
    server.close()
  })

  /** Requests one after another, three at a time, until told to end; fails with the first that fails. */
  let sent = 0
  let isOver = false
  const clients = Array.from({ length: 3 }, async () => {
    while (!isOver) {
      const response = await fetch(`https://127.0.0.1:${port}/`, options)
      expect(await response.text()).toBe(agent.leaf('web').ServiceURI)
      expect(response.status).toBe(200)
      sent++
    }
  })
  const load = Promise.all(clients)
  load.catch(() => {})
  const sendMore = () =>
    Promise.race([
      load,
      until(
        (
          (target) => () =>
            sent >= target
        )(sent + 6),
      ),
    ])
  const end = async () => {
    isOver = true
    await load
  }
  return { agent, web, api, seen, context, sendMore, end }
}

const current = (
  agent: ConsulAgent,
  connect: { spiffeId: () => string | null; status: () => { fingerprint: string | null } },
  before: string | null,
) => until(() => agent.received.length > 0 && connect.status().fingerprint !== before)

test('leaf and root rotation reach running clients and servers, and no request fails', {
  timeout: 60_000,
}, async () => {
  const { agent, web, api, seen, context, sendMore, end } = await start()
  await sendMore()
  const rotations: readonly (() => void)[] = [
    agent.rotateLeaves,
    () => agent.rotateRoot(),
    agent.rotateLeaves,
    () => agent.rotateRoot(),
  ]
  for (const rotate of rotations) {
    const before = [web.status().fingerprint, api.status().fingerprint] as const
    rotate()
    await Promise.all([current(agent, web, before[0]), current(agent, api, before[1])])
    const { fingerprint } = web.status()
    await until(() => context.status().material.fingerprint === fingerprint)
    await Promise.race([sendMore(), until(() => seen.has(fingerprint ?? ''))])
    await until(() => seen.has(fingerprint ?? ''))
  }
  await until(() => web.status().roots.length === 3 && api.status().roots.length === 3)
  agent.removeOldRoots()
  await until(() => web.status().roots.length === 1 && api.status().roots.length === 1)
  await sendMore()
  await end()
  expect(seen.size).toBe(1 + rotations.length)
  expect(context.status().rotations).toBeGreaterThanOrEqual(rotations.length)
})

test.each<readonly [string, ConsulFault]>([
  ['answers 500', { kind: 'status', status: 500 }],
  ['hangs', { kind: 'hanging' }],
  ['sends garbage', { kind: 'garbage' }],
])(
  'an agent that %s changes nothing for running clients, and is reported by status()',
  { timeout: 60_000 },
  async (_what, fault) => {
    const { agent, web, context, sendMore, end } = await start()
    await sendMore()
    const { fingerprint } = context.status().material
    agent.setFault(fault)
    await until(() => web.status().state === 'failing' && context.status().material.error !== null)
    await sendMore()
    expect(context.status().material.fingerprint).toBe(fingerprint)
    agent.setFault(null)
    await until(() => web.status().state === 'current' && context.status().material.error === null)
    await sendMore()
    await end()
  },
)

test('an agent that goes away, or goes back to an older index, changes nothing for running clients', {
  timeout: 60_000,
}, async () => {
  const { agent, web, context, sendMore, end } = await start()
  await sendMore()
  const { fingerprint } = context.status().material
  await agent.stop()
  await until(() => web.status().queries.leaf.error?.code === 'ERR_CONSUL_UNREACHABLE')
  await sendMore()
  agent.restore(2n)
  await agent.start()
  await until(() => web.status().state === 'current')
  agent.restore(1n)
  await sendMore()
  expect(context.status().material.fingerprint).toBe(fingerprint)
  agent.rotateLeaves()
  await until(() => context.status().material.fingerprint !== fingerprint)
  await sendMore()
  await end()
})
