/** Where the demo's authorities say whom they have revoked: CRLs in files that the applications watch, and a responder on the loopback. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RevocationOptions } from '@clientcert/core'
import { type Authority, answerOcspRequest, type Leaf, mintCrl, startRevocationServer } from '@clientcert/testing'
import type { Pki, Responders } from './pki.ts'

/** A client that may come in, until it is revoked. */
export interface RevocableClient {
  readonly leaf: Leaf
  readonly revoke: () => void
}

export interface Publication {
  /** How an application asks. */
  readonly revocation: RevocationOptions
  /** Issues a client of its own, since all applications read the same CRL. */
  readonly issueRevocable: () => RevocableClient
  readonly close: () => Promise<void>
}

/** Starts the responder, has a PKI minted whose certificates name it, and publishes what that PKI has revoked. */
export async function publishFor(
  mint: (responders: Responders) => Pki,
): Promise<{ pki: Pki; publication: Publication }> {
  let answer: (request: Uint8Array) => Uint8Array = () => new Uint8Array()
  const server = await startRevocationServer({ ocsp: { '/ocsp': (request) => answer(request) } })
  server.setFault({ kind: 'status', status: 503 }, '/down')
  const pki = mint({ answering: server.url('/ocsp'), down: server.url('/down') })
  const { root, intermediate, online } = pki.authorities
  answer = (request) => answerOcspRequest(request, { issuer: online, statusOf: () => ({ reason: 'keyCompromise' }) })

  const folder = mkdtempSync(join(tmpdir(), 'clientcert-demo-crls-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  const fileOf = (name: string): string => join(folder, `${name}.crl`)
  let number = 0
  const write = (name: string, authority: Authority, revoked: readonly Leaf[]): void => {
    // Renamed, as every good program replaces a file: nobody reads half of it.
    const beside = join(folder, `.${name}.crl`)
    const entries = revoked.map(
      ({ certificate }) => ({ certificate, reason: 'keyCompromise', revokedAt: pki.at }) as const,
    )
    writeFileSync(beside, mintCrl(authority, { thisUpdate: pki.at, number: ++number, entries }).pem)
    renameSync(beside, fileOf(name))
  }
  const ofRoot = [pki.revokedByCrl]
  write('root', root, ofRoot)
  write('intermediate', intermediate, [])

  return {
    pki,
    publication: {
      revocation: {
        crls: { files: [fileOf('root'), fileOf('intermediate')] },
        follow: ['ocsp'],
        fetch: { hosts: ['127.0.0.1'], addresses: ['127.0.0.1'], ports: [server.port] },
      },
      issueRevocable: () => {
        const leaf = root.issue('dave')
        return {
          leaf,
          revoke: () => {
            ofRoot.push(leaf)
            write('root', root, ofRoot)
          },
        }
      },
      close: async () => {
        process.off('exit', remove)
        remove()
        await server.close()
      },
    },
  }
}
