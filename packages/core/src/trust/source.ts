/** One certificate of a source, as it was found. */
export interface TrustMaterial {
  /** DER of one certificate. */
  readonly der: Uint8Array
  /** Where it was found, for people: `/etc/ca/clients.pem, certificate 2`. */
  readonly origin: string
}

/**
 * Where trust comes from. `load` returns everything that the source holds at the moment, or throws: a part is never returned,
 * since a list of trusted certificates of which some are silently missing is worse than the old list.
 */
export interface TrustSource {
  /** For people and `status()`. */
  readonly name: string
  /** Names all anchors of this source, so that a route can restrict itself to them (Kong's `ca_certificates`). */
  readonly id?: string
  /**
   * Which certificates are anchors: `'self-signed'` (the default; the others are path material), or `'all'`, where an intermediate
   * is to be trusted by itself. An anchor escapes the path length, constraints and revocation that its issuer imposes.
   */
  readonly anchors?: 'self-signed' | 'all'
  /** A promise where loading needs the network: requests are answered 503 until it has loaded once. */
  load(): readonly TrustMaterial[] | Promise<readonly TrustMaterial[]>
  /** Calls `changed` whenever the content may have changed, until the returned function is called. */
  watch?(changed: () => void): () => void
}
