/** TLS contexts for these tests, and who is at their ends. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority, type Leaf, serverCertificate } from '@clientcert/testing'
import { onTestFinished } from 'vitest'
import { assembleMappings, type MappingsOptions } from '../../src/mapping/assemble-mappings.ts'
import type { Mappings } from '../../src/mapping/mapping.ts'
import type { TlsContext } from '../../src/tls-context.ts'
import { contextOf, pemOf, servers } from '../serving.ts'

/** The servers' TLS goes by the machine's clock. */
export const YEARS = { notBefore: new Date('2016-01-01T00:00:00Z'), notAfter: new Date('2045-01-01T00:00:00Z') }

export const stranger: Leaf = createAuthority('Unknown CA').issue({ subject: 'stranger', ...YEARS })

/** A server's certificate, for these names. */
export const serverFor = (...dns: string[]): Leaf =>
  serverCertificate(servers, { san: { dns: ['localhost', ...dns], ip: ['127.0.0.1'] } })

/** Whoever it is that connects, for as long as the test takes. @param leaf - Its certificate; null for none. */
export function createContext(name: string, leaf: Leaf | null): TlsContext {
  if (leaf !== null) return contextOf({ name, pem: pemOf(leaf) })
  const directory = writeFiles({ 'ca.pem': servers.certificate.pem })
  return contextOf({ name, certificate: 'none', caCertChainFile: join(directory, 'ca.pem') })
}

/** A directory with files that are there until the test ends. */
export function writeFiles(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'clientcert-mapping-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content)
  return directory
}

/** Mappings whose services that are `https://` alone are of the servers' authority: Node's roots know none of them. */
export const mappingsOf = (options: MappingsOptions): Mappings =>
  assembleMappings(options, () => createContext('server-only', null))
