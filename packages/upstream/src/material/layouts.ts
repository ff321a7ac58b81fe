/** Who writes a certificate into a directory, and by which names. */
export interface Layout {
  readonly certChain: string
  readonly privateKey: string
  readonly authorities: string
  /** Whether the authorities always come with it: where they do, their absence is a directory that is still being filled. */
  readonly hasAuthorities: 'always' | 'sometimes'
}

export const LAYOUTS = {
  /** Secrets of the type `kubernetes.io/tls`. `ca.crt` is cert-manager's, and others write none. */
  kubernetes: { certChain: 'tls.crt', privateKey: 'tls.key', authorities: 'ca.crt', hasAuthorities: 'sometimes' },
  /** Istio's agent (`OUTPUT_CERTS`) and Secrets of the type `istio.io/key-and-cert`. */
  istio: {
    certChain: 'cert-chain.pem',
    privateKey: 'key.pem',
    authorities: 'root-cert.pem',
    hasAuthorities: 'always',
  },
  /** spiffe-helper's default names. */
  spire: {
    certChain: 'svid.pem',
    privateKey: 'svid_key.pem',
    authorities: 'svid_bundle.pem',
    hasAuthorities: 'always',
  },
} as const satisfies Readonly<Record<string, Layout>>

export type DirectoryLayout = keyof typeof LAYOUTS

export const LAYOUT_NAMES = Object.keys(LAYOUTS) as readonly DirectoryLayout[]
