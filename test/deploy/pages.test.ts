/**
 * The pages of docs/deploy for the proxies that run here: their configuration and their `curl` lines, as they stand there.
 *
 * Three things are put in the place of others in the configuration: the port that the proxy listens on, the address behind `app.internal:8443`, and the
 * folder of the keys. Nothing is changed in the commands: `curl` is told where the two hosts are.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { createAuthenticator, dns, type ProxyName } from '@clientcert/core'
import { tlsRequest } from '@clientcert/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Application, alice, at, root, startApplication } from '../proxies/application.ts'
import { findProgram } from '../servers/program.ts'
import { requireServer } from '../servers/requirement.ts'
import { findServer, missing, type Place, type RunningServer, startServer } from '../servers/server.ts'
import { applicationCertificate, DEPLOYMENTS, proxies, writeKeys } from './deployments.ts'
import { type Page, putHere, readPage } from './page.ts'

/** The application of the page: its three lines. */
async function startPageApplication(proxy: ProxyName): Promise<Application> {
  const allow = dns(proxy === 'nginx' ? 'ingress.internal' : 'proxy.internal')
  const certificate = { trust: { pem: proxies.certificate.pem }, allow }
  const from = { proxy, onlyFrom: { certificate } } as const
  const trust = { pem: root.certificate.pem }
  return startApplication(
    createAuthenticator({ trust, from, mode: 'optional', clock: () => at }),
    applicationCertificate,
  )
}

const ANONYMOUS = 'anonymous 200'

describe.each(DEPLOYMENTS)('docs/deploy/$name.md:', (deployment) => {
  const { name, program, around, here, keys, headers } = deployment
  const path = findServer(program)
  requireServer(path, missing(program))
  requireServer(findProgram('curl'), 'curl is not installed: npm run setup:servers (Debian, as root) installs it')

  const page: Page = readPage(`docs/deploy/${name}.md`, deployment.language)
  let application: Application | undefined
  /** With the page's configuration, and with the same but for the lines that set headers. */
  let running: Readonly<Record<'asWritten' | 'withoutHeaders', RunningServer<'api'>>> | undefined

  beforeAll(async () => {
    if (path === null) return
    application = await startPageApplication(name)
    const { port } = application
    const start = (configuration: string) =>
      startServer(program, path, ['api'], ({ folder, ports }: Place<'api'>) => {
        writeKeys(folder)
        return around(putHere(configuration, [...here(ports.api, port), [keys, `${folder}/`]]))
      })
    const [asWritten, withoutHeaders] = await Promise.all([
      start(page.configuration),
      start(page.configuration.replace(headers, '')),
    ])
    running = { asWritten, withoutHeaders }
  })
  afterAll(async () => {
    await running?.asWritten.stop()
    await running?.withoutHeaders.stop()
    await application?.stop()
  })

  const portOf = (configuration: 'asWritten' | 'withoutHeaders'): number => running?.[configuration].ports.api ?? 0

  /** Enters a step of the spoofing test, and returns what was answered: one line for each command. */
  async function enter(step: number, configuration: 'asWritten' | 'withoutHeaders' = 'asWritten'): Promise<string[]> {
    const script = `
      set -eu
      curl() {
        command curl --connect-to api.example.com:443:127.0.0.1:${portOf(configuration)} \\
          --connect-to app.internal:8443:127.0.0.1:${application?.port} "$@"
      }
      ${page.preparation}
      ${page.steps[step]}`
    const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: running?.asWritten.folder })
    return stdout
      .replace(/\n(\d{3})$/gm, ' $1')
      .trim()
      .split('\n')
  }

  const lastFailure = (): string | null => {
    const decision = application?.arrivals.at(-1)?.decision
    return decision?.outcome === 'rejected' ? decision.failure.code : null
  }

  test('a client comes in by its certificate, and nobody without one', async () => {
    const host = { servername: 'api.example.com', headers: { Host: 'api.example.com' } }
    const answers = []
    for (const leaf of [alice, null]) answers.push(await tlsRequest({ port: portOf('asWritten'), leaf, ...host }))
    expect(answers.map(({ body, statusCode }) => [body, statusCode])).toEqual([
      ['accepted', 200],
      ['anonymous', 200],
    ])
    const [first] = application?.arrivals ?? []
    expect(first?.decision).toMatchObject({ identity: { commonName: 'alice' } })
  })

  test('past the proxy, a pasted certificate is refused', async () => {
    expect(await enter(0)).toEqual(['401'])
    expect(lastFailure()).toBe('ERR_EVIDENCE_UNTRUSTED_PEER')
  })

  test('through the proxy, a pasted certificate is answered like none', async () => {
    const answers = await enter(1)
    expect(answers.length).toBeGreaterThan(2)
    expect(new Set(answers)).toEqual(new Set([ANONYMOUS]))
  })

  test('names that resemble it are answered like none, or refused', async () => {
    for (const answer of await enter(2)) {
      if (answer === ANONYMOUS) continue
      expect(answer).toBe('rejected 401')
      expect(lastFailure()).toBe('ERR_EVIDENCE_LOOKALIKE_HEADER')
    }
  })

  test('a header that claims an address changes nothing', async () => {
    expect(await enter(3)).toEqual(['401'])
    expect(lastFailure()).toBe('ERR_EVIDENCE_UNTRUSTED_PEER')
  })

  test('the test finds a proxy that does not set the headers', async () => {
    const [without, ...pasted] = await enter(1, 'withoutHeaders')
    expect(without).toBe(ANONYMOUS)
    expect(pasted).toContain('accepted 200')
  })
})
