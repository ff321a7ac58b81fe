/**
 * The `curl` lines of the pages of docs/deploy whose proxies cannot run here: that they are the attack that they look for. A test that an application passes
 * without a gate, since its lines assert nobody, would find nothing.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createAuthenticator, custom, dangerouslyTrustAnyPeer, type From, type ProxyName } from '@clientcert/core'
import { createAuthority, DEFAULT_CLOCK } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { findProgram } from '../servers/program.ts'
import { requireServer } from '../servers/requirement.ts'
import { putHere, readPage } from './page.ts'

const OWN = custom({
  header: 'x-client-certificate',
  encoding: 'base64-der',
  verify: { header: 'x-client-verified', success: '0', none: '-' },
})

const PAGES: readonly (readonly [page: string, proxy: ProxyName | typeof OWN])[] = [
  ['envoy', 'envoy'],
  ['traefik', 'traefik'],
  ['kong', 'kong'],
  ['aws-alb', 'aws-alb'],
  ['cloudfront', 'cloudfront'],
  ['google-cloud', 'google-cloud'],
  ['azure', 'azure-app-service'],
  ['cloudflare', 'cloudflare-rfc9440'],
  ['rfc9440', 'rfc9440'],
  ['custom', OWN],
]

const root = createAuthority('Clients CA')

/** Starts an application that says what it decided, in a word. */
async function startApplication(from: From): Promise<string> {
  const trust = { pem: root.certificate.pem }
  const logger = { info: () => {}, warn: () => {} }
  const authenticator = createAuthenticator({ trust, from, mode: 'optional', clock: () => DEFAULT_CLOCK, logger })
  const server = createServer((request, response) => {
    const answer = authenticator.authenticate(request)
    void answer.then((decision) => response.end('failure' in decision ? decision.failure.code : decision.outcome))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    authenticator.close()
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Types what the page says, with this application in the place of both hosts; one word for each `curl`. */
async function type(name: string, application: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-pasted-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'client.pem'), root.issue('alice').certificate.pem)
  const { preparation, steps } = readPage(`docs/deploy/${name}.md`, 'ts')
  const commands = putHere(steps.join('\n'), [
    ['https://app.internal:8443', application],
    ['https://api.example.com', application],
    ["-o /dev/null -w '%{http_code}\\n'", "-w '\\n'"],
    ["-w '\\n%{http_code}\\n'", "-w '\\n'"],
  ])
  const { stdout } = await promisify(execFile)('bash', ['-euc', `${preparation}\n${commands}`], { cwd: folder })
  return stdout.trim().split('\n')
}

describe.each(PAGES)('the spoofing test of docs/deploy/%s.md', (name, proxy) => {
  requireServer(findProgram('curl'), 'curl is not installed: npm run setup:servers (Debian, as root) installs it')

  test('finds an application without a gate, and whatever lets the header through', async () => {
    const application = await startApplication({ proxy, [dangerouslyTrustAnyPeer]: true })
    expect(await type(name, application)).toEqual([
      'accepted',
      'anonymous',
      'accepted',
      'ERR_EVIDENCE_HOP_BY_HOP',
      'ERR_EVIDENCE_LOOKALIKE_HEADER',
    ])
  })

  test('is refused in each step by an application with a gate', async () => {
    const application = await startApplication({ proxy, onlyFrom: { addresses: ['192.0.2.1'] } })
    const [pastTheProxy, without, ...pasted] = await type(name, application)
    expect([pastTheProxy, without]).toEqual(['ERR_EVIDENCE_UNTRUSTED_PEER', 'anonymous'])
    expect(new Set(pasted)).toEqual(new Set(['ERR_EVIDENCE_UNTRUSTED_PEER']))
  })
})
