/** Fetching from servers on the loopback, which has to be allowed for it. */
import { type RevocationServer, type RevocationServerOptions, startRevocationServer } from '@clientcert/testing'
import { onTestFinished } from 'vitest'
import { createFetch } from '../../../src/revocation/fetch/create-fetch.ts'
import { type FetchOptions, readFetchOptions } from '../../../src/revocation/fetch/fetch-options.ts'
import type { Fetch, FetchRequest } from '../../../src/revocation/fetch/fetched.ts'

export const NOW = new Date('2026-03-01T12:00:00Z')

/** A short list, so that a test says what it opens. */
export const LOOPBACK = ['127.0.0.0/8']

export function fetchWith(options: Partial<FetchOptions>, signal: AbortSignal = new AbortController().signal): Fetch {
  const { settings } = readFetchOptions({ hosts: ['127.0.0.1'], timeoutMs: 10_000, ...options }, 'fetch', {
    hosts: [],
    areEnough: false,
  })
  return createFetch({ ...settings, clock: () => NOW, signal })
}

export async function serving(options: RevocationServerOptions = {}): Promise<RevocationServer> {
  const server = await startRevocationServer(options)
  onTestFinished(() => server.close())
  return server
}

/** A fetch that may reach this server, by its address and by any name in `hosts`. */
export const fetchFrom = ({ port }: RevocationServer, options: Partial<FetchOptions> = {}): Fetch =>
  fetchWith({ addresses: LOOPBACK, ports: [port], ...options })

export const crlAt = (url: string, maxBytes = 1_000_000): FetchRequest => ({
  url,
  accept: 'application/pkix-crl',
  maxBytes,
})

/** The address of a listed name, for a resolver that knows no other. */
export const resolving =
  (names: Readonly<Record<string, readonly string[]>>) =>
  (host: string): Promise<readonly string[]> =>
    Promise.resolve(names[host] ?? [])
