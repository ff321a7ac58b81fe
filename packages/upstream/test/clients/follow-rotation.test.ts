import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createAgent } from '../../src/clients/agent.ts'
import { createDispatcher } from '../../src/clients/dispatcher.ts'
import { createHttp2Client } from '../../src/clients/http2-client.ts'
import { eventually } from './sending.ts'
import { createTestConnector, type TestConnector } from './test-connector.ts'

const CLIENTS: Record<string, (connector: TestConnector) => object> = {
  'an agent': createAgent,
  'a dispatcher': createDispatcher,
  'an HTTP/2 client': (connector) => createHttp2Client(connector, 'https://localhost'),
}

test.each(Object.entries(CLIENTS))(
  '%s that nobody has any more is told of no change (one for each request is no leak)',
  async (_, create) => {
    setFlagsFromString('--expose_gc')
    const collect = runInNewContext('gc') as () => void
    const connector = createTestConnector()
    const kept = create(connector)
    for (let made = 0; made < 100; made++) create(connector)
    expect(connector.listeners()).toBe(101)
    await eventually(() => {
      collect()
      expect(connector.listeners()).toBeLessThan(10)
    })
    connector.rotate()
    expect(connector.listeners()).toBeGreaterThanOrEqual(1)
    expect(kept).toBeDefined()
  },
)
