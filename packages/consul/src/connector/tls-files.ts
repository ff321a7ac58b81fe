import type { ConnectMaterial } from '../certificates/verify-leaf.ts'

/** What is written, by its name. */
export interface TlsFile {
  readonly name: string
  readonly content: string
  /** Permissions. */
  readonly mode: number
}

/** Takes files that are one thing together, and shows a reader either the old ones or the new ones. */
export interface TlsFileWriter {
  /** For people. */
  readonly place: string
  readonly write: (files: readonly TlsFile[]) => Promise<'written' | 'unchanged'>
  readonly close: () => Promise<void>
}

/**
 * The files of a `kubernetes.io/tls` Secret. `tls.crt` ends with the active root, where Ambassador's own connector puts it, for readers that know it so; `ca.crt`
 * has all roots, where that one has none: while a root rotates, peers have certificates of either, and a reader with the active one alone refuses half of them.
 */
export function tlsFilesOf({ tls, roots }: ConnectMaterial): readonly TlsFile[] {
  const active = roots.roots.find(({ isActive }) => isActive)?.anchors ?? []
  return [
    { name: 'tls.key', content: tls.privateKey, mode: 0o600 },
    { name: 'ca.crt', content: tls.caCertChain, mode: 0o644 },
    { name: 'tls.crt', content: tls.certChain + active.map(({ pem }) => pem).join(''), mode: 0o644 },
  ]
}
