import { once } from 'node:events'
import { get } from 'node:https'
import { serverCertificate } from '@clientcert/testing'
import { expect, onTestFinished, test } from 'vitest'
import { contextOf, errorOf, servers, startUpstream } from '../serving.ts'

const other = serverCertificate(servers, { subject: 'other', san: { dns: 'other.example' } })

/** What a careless merge of somebody's JSON does (CWE-1321), until the test has ended. */
function pollute(name: string, value: unknown): void {
  Object.defineProperty(Object.prototype, name, { value, configurable: true, enumerable: true, writable: true })
  onTestFinished(() => void Reflect.deleteProperty(Object.prototype, name))
}

test.each([
  ['expectedServer', { host: 'other.example' }],
  ['servername', 'other.example'],
])('`%s` on the prototype of all objects makes no other server the one that is expected', async (name, value) => {
  const upstream = await startUpstream(other)
  const context = contextOf()
  const [agent, dispatcher] = [context.agent(), context.dispatcher()]
  const { port, target } = upstream
  await context.connect({ ...target, [name]: value }) // Where it is given, it is.
  pollute(name, value)
  // What the application hands over itself is read strictly.
  expect(await errorOf(context.connect(target))).toMatchObject({ code: 'ERR_CONFIG_TYPE', option: `target.${name}` })
  const [error] = (await once(get({ host: 'localhost', port, family: 4, agent }), 'error')) as [Error]
  expect(error).toMatchObject({ code: 'ERR_UPSTREAM_HOST' })
  const failed = await errorOf(fetch(`https://localhost:${port}/`, { dispatcher }))
  expect(failed.cause).toMatchObject({ code: 'ERR_UPSTREAM_HOST' })
  expect(upstream.received()).toBe(0)
})
