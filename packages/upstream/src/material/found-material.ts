/** What one load found, before anything is made of it. */

/** Bytes, and where they are from. */
export interface Found {
  /** The option that led there, as it is written: `certChainFile`, `pem.certChain`, `directory`. */
  readonly option: string
  /** For people: the absolute path, or what else it stands in. */
  readonly from: string
  readonly bytes: Uint8Array
}

export interface FoundPair {
  readonly kind: 'pair'
  readonly certChain: Found
  readonly privateKey: Found
  readonly passphrase: string | undefined
}

export interface FoundPfx {
  readonly kind: 'pfx'
  readonly pfx: Found
  readonly passphrase: string | undefined
}

export interface FoundMaterial {
  /** Null for a context without a certificate of its own. */
  readonly own: FoundPair | FoundPfx | null
  /** Null where none came with it. */
  readonly authorities: Found | null
}

/** Most bytes of one file, PEM text or PFX. A chain of ten certificates of RSA-4096 has 25 kB, the largest public bundle of authorities 250. */
export const MAX_MATERIAL_BYTES = 1_048_576

/** Most certificates of our own: the end entity, and more intermediates than any authority has. */
export const MAX_CHAIN_CERTIFICATES = 10

/** Most authorities that are given. Mozilla's bundle has about 150. */
export const MAX_AUTHORITIES = 500
