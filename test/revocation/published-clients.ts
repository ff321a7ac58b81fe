/** Clients whose revocation is published: on the loopback, where the certificates say, or in a file at hand. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RevocationOptions } from '@clientcert/core'
import {
  answerOcspRequest,
  createAuthority,
  issueResponder,
  type Leaf,
  mintCrl,
  startRevocationServer,
} from '@clientcert/testing'
import { onTestFinished } from 'vitest'

/** Where a certificate says that its revocation is published. */
export const SOURCES = ['crl', 'ocsp'] as const

export type Source = (typeof SOURCES)[number]

/** What there is to know of a client; about the last one nobody answers. */
export const CLIENTS = ['good', 'revoked', 'unreachable'] as const

export interface PublishedClients {
  readonly trust: { readonly pem: string }
  readonly clients: Readonly<Record<(typeof CLIENTS)[number], Leaf>>
  /** Follows what the certificates name, to the loopback. Lacks the mode. */
  readonly revocation: RevocationOptions
  /** Where it is published who is revoked. */
  readonly url: string
}

/** Publishes the revocation of three clients until the test ends. */
export async function publishClients(source: Source): Promise<PublishedClients> {
  const authority = createAuthority('Clients CA')
  const signer = issueResponder(authority)
  const revokedSerials = new Set<string>()
  const respond = (request: Uint8Array) =>
    answerOcspRequest(request, {
      issuer: authority,
      signer,
      statusOf: (serial) => (revokedSerials.has(serial) ? { reason: 'keyCompromise' } : 'good'),
    })
  const server = await startRevocationServer({ ocsp: { '/known': respond, '/broken': respond } })
  onTestFinished(() => server.close())
  const publishedAt = (path: string) =>
    source === 'crl'
      ? { crlDistributionPoints: [server.url(path)] }
      : { authorityInfoAccess: { ocsp: [server.url(path)] } }
  const clients = {
    good: authority.issue({ subject: 'good', ...publishedAt('/known') }),
    revoked: authority.issue({ subject: 'revoked', ...publishedAt('/known') }),
    unreachable: authority.issue({ subject: 'unreachable', ...publishedAt('/broken') }),
  }
  revokedSerials.add(clients.revoked.certificate.x509.serialNumber)
  const crl = mintCrl(authority, { entries: [{ certificate: clients.revoked.certificate, reason: 'keyCompromise' }] })
  server.publish('/known', crl.der)
  server.publish('/broken', crl.der)
  server.setFault({ kind: 'reset' }, '/broken')
  return {
    trust: { pem: authority.certificate.pem },
    clients,
    revocation: {
      follow: [source],
      fetch: { hosts: ['127.0.0.1'], addresses: ['127.0.0.1'], ports: [server.port] },
    },
    url: server.url('/known'),
  }
}

export interface RevocableClient {
  readonly trust: { readonly pem: string }
  readonly alice: Leaf
  readonly revocation: RevocationOptions
  /** Replaces the CRL by one that has her; `reload()` reads it. */
  readonly revoke: () => void
}

/** A client whose authority's CRL is in a file, for as long as the test. */
export function createRevocableClient(): RevocableClient {
  const authority = createAuthority('Clients CA')
  const alice = authority.issue('alice')
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'clients.crl')
  const thisUpdate = new Date(authority.at.getTime() - 60_000)
  writeFileSync(file, mintCrl(authority, { thisUpdate }).der)
  return {
    trust: { pem: authority.certificate.pem },
    alice,
    revocation: { mode: 'strict', crls: { file, reload: 'never' } },
    revoke: () =>
      writeFileSync(file, mintCrl(authority, { number: 2, thisUpdate: authority.at, entries: [alice] }).der),
  }
}
