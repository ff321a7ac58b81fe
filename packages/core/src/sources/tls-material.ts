/**
 * What one end of mutual TLS holds: its own certificate with the key, and whom it trusts. All of it is of one moment: a part of the old and a part of the
 * new is no material.
 */
export type TlsMaterial = TlsAuthorities &
  (
    | {
        /** PEM: the end entity first, then its intermediates. A self-signed certificate may stand last (Consul's connector for Ambassador writes one). */
        readonly certChain: string | Uint8Array
        /** PEM of the key that belongs to the first certificate. Secret. */
        readonly privateKey: string | Uint8Array
        /** Of an encrypted key. Secret. */
        readonly passphrase?: string
      }
    | {
        /** PKCS #12: the same in one file. Secret. */
        readonly pfx: Uint8Array
        /** Secret. */
        readonly passphrase?: string
      }
  )

export interface TlsAuthorities {
  /** PEM of the authorities of the other end. Default: whoever takes the material says. */
  readonly caCertChain?: string | Uint8Array
}

/** Where TLS material comes from, as it rotates. @clientcert/consul has one; @clientcert/upstream follows them. */
export interface TlsMaterialSource {
  /** For people and `status()`. */
  readonly name: string
  /** All of the material at the moment, or a refusal: what is there by half is never returned. A promise where it takes time. */
  load(): TlsMaterial | Promise<TlsMaterial>
  /** Calls `changed` whenever `load` may have something else to say, a failure included, until the returned function is called. */
  watch?(changed: () => void): () => void
}
