import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Server } from 'node:https'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { startTestServer } from './test-server.ts'

const WORKSPACE = fileURLToPath(new URL('../../../../', import.meta.url))
const CLIENTS = new URL('../../src/clients/', import.meta.url).href

/** What each program has: a connector of a few lines, and its clients. */
const preamble = (origin: string) => `
  import { once } from 'node:events'
  import { get } from 'node:https'
  import { connect as connectTls } from 'node:tls'
  import { createAgent } from '${CLIENTS}agent.ts'
  import { createDispatcher } from '${CLIENTS}dispatcher.ts'
  import { createHttp2Client } from '${CLIENTS}http2-client.ts'
  const origin = ${JSON.stringify(origin)}
  const connector = {
    async connect({ host, port, alpnProtocols }) {
      const socket = connectTls({ host, port, servername: host, ALPNProtocols: alpnProtocols, rejectUnauthorized: false })
      await once(socket, 'secureConnect')
      return socket
    },
    isCurrent: () => true,
    onRotation: () => () => {},
    isClosed: () => false,
  }
  const read = async (stream) => {
    let text = ''
    for await (const chunk of stream) text += chunk
    return text
  }
`

const PROGRAMS = {
  'an agent': `
    const sent = get(origin, { agent: createAgent(connector) })
    const [response] = await once(sent, 'response')
    process.stdout.write(await read(response))
  `,
  'a dispatcher': `
    const response = await fetch(origin, { dispatcher: createDispatcher(connector) })
    process.stdout.write(await response.text())
  `,
  'an HTTP/2 client': `
    const client = createHttp2Client(connector, origin)
    process.stdout.write(await read(await client.request()))
  `,
  'an HTTP/2 session': `
    const client = createHttp2Client(connector, origin)
    const session = await client.session()
    process.stdout.write(await read(session.request()))
  `,
}

test.each(Object.entries(PROGRAMS))(
  'the idle connection of %s does not keep a program from ending, and a request does',
  async (name, program) => {
    const { origin, server } = await startTestServer({ protocol: name.includes('HTTP/2') ? 'h2' : 'http1' })
    // It keeps idle connections for ever, and takes its time with answers.
    if ('keepAliveTimeout' in server) (server as Server).keepAliveTimeout = 0
    const listeners = server.listeners('request') as ((...given: unknown[]) => void)[]
    server.removeAllListeners('request')
    server.on('request', (...given: unknown[]) => void setTimeout(() => listeners[0]?.(...given), 200))

    const args = ['--conditions=@clientcert/source', '--import=tsx', '--input-type=module', '--eval']
    const child = spawn(process.execPath, [...args, preamble(origin) + program], {
      cwd: WORKSPACE,
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 15_000,
    })
    onTestFinished(() => void child.kill())
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    // Killed after the time-out, it would end by a signal and without a code.
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(output).toBe('nobody')
  },
)
