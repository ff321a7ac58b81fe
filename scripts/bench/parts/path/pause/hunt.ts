import { type Authority, type CertificateOptions, createAuthority } from '@clientcert/testing'

/** What one client presents to be refused, and what is trusted meanwhile. */
export interface Hunted {
  readonly name: string
  readonly input: { readonly pem: string } | { readonly der: Uint8Array; readonly presented: readonly Uint8Array[] }
  /** The store's certificates. */
  readonly trust: string
  readonly at: Date
}

/** A store of the size of a system's: what is not found is described beside what is held. */
const ANCHORS = 150

/** What all hunts share: a store, and a root in it that one of its intermediates may betray. */
export interface Ground {
  readonly root: Authority
  readonly refusedBy: (
    name: string,
    leaf: Uint8Array,
    presented: readonly Uint8Array[],
    extra?: readonly Authority[],
  ) => Hunted
  readonly refusedText: (name: string, pem: string) => Hunted
}

export function createGround(): Ground {
  const root = createAuthority({ subject: { O: 'Hunt', CN: 'Root' } })
  const others = Array.from({ length: ANCHORS - 1 }, (_, index) =>
    createAuthority({ subject: { O: 'Hunt', OU: `Unit ${index}`, CN: `Root ${index}` } }),
  )
  const store = [root, ...others].map(({ certificate }) => certificate.pem).join('')
  const { at } = root
  return {
    root,
    refusedBy: (name, der, presented, extra = []) => ({
      name,
      input: { der, presented },
      trust: store + extra.map(({ certificate }) => certificate.pem).join(''),
      at,
    }),
    refusedText: (name, pem) => ({ name, input: { pem }, trust: store, at }),
  }
}

/** The most that is looked at besides the end entity, by default. */
export const MOST_PRESENTED = 10

/** What a TLS handshake carries at most (OpenSSL's SSL_CTX_set_max_cert_list). */
export const HANDSHAKE_BYTES = 100_000

/** An extension that nobody reads, to fill a certificate up. */
export const padding = (octets: number): CertificateOptions =>
  octets === 0 ? {} : { extensions: [{ oid: '1.3.6.1.4.1.55555.9', value: new Uint8Array(octets) }] }
