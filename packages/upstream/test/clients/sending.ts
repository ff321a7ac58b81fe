/** What tests of the agent do with it. */
import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { type Agent, type RequestOptions, request } from 'node:https'
import { vi } from 'vitest'
import { createTestConnector } from './test-connector.ts'
import { startTestServer, type TestServer, type TestServerOptions } from './test-server.ts'

export async function start(options?: TestServerOptions) {
  return { server: await startTestServer(options), connector: createTestConnector() }
}

/** Waits until it holds; not as long as the test itself, so that what does not hold is told. */
export const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000 })

/** Sends a request, and resolves with its answer once the connection is free again. */
export function send(
  server: TestServer,
  agent: Agent,
  options: RequestOptions & { readonly body?: string } = {},
): Promise<string> {
  const { body, ...rest } = options
  const sent = request(server.origin, { agent, ...rest })
  sent.end(body)
  return read(sent)
}

export async function read(sent: ClientRequest): Promise<string> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of response) text += String(chunk)
  // The request ends after its response.
  await new Promise((resolve) => setImmediate(resolve))
  return text
}

export const failureOf = (sent: Promise<unknown>): Promise<Error & { readonly code?: string }> =>
  sent.then(
    (answer) => {
      throw new Error(`was answered: ${String(answer)}`)
    },
    (error: unknown) => error as Error,
  )
