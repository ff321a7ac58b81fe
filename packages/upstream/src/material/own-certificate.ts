import { X509Certificate } from 'node:crypto'
import type { Certificate } from '@clientcert/core/x509'
import type { Found } from './found-material.ts'
import type { OwnIdentity } from './material.ts'

/** Our certificate with its chain, once its key is known to be its own. */
export interface OwnCertificate {
  readonly identity: OwnIdentity
  /** The end entity first. */
  readonly chain: readonly [Certificate, ...Certificate[]]
  /** Where the chain is from. */
  readonly place: Pick<Found, 'option' | 'from'>
}

/** PEM without what else stood in the file: a comment that changes is no rotation, and a key beside the certificate stays where it is. */
export const pemOf = ({ der }: Certificate): string => new X509Certificate(der).toString()
