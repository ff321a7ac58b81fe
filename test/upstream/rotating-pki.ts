import { createHash } from 'node:crypto'
import {
  type Authority,
  type CertificateOptions,
  createAuthority,
  type Leaf,
  serverCertificate,
} from '@clientcert/testing'

/** What a client holds at a time, as PEM. */
export interface Material {
  readonly certChain: string
  readonly privateKey: string
  readonly caCertChain: string
  /** SHA-256 of the client's certificate, lower-case hexadecimal. */
  readonly fingerprint: string
}

/** What a service holds at a time. */
export interface ServiceMaterial {
  readonly leaf: Leaf
  /** Whose clients come in: the old authority and the new one. */
  readonly clientAuthorities: readonly Authority[]
}

export interface RotatingPki {
  readonly client: () => Material
  readonly service: () => ServiceMaterial
  /**
   * Issues the client another certificate and key, and every second time by another authority. The services' authority is replaced in two steps, as real
   * ones are: first the client trusts the old one and the new, then the new one alone.
   */
  readonly rotateClient: () => void
  /** Issues the services a certificate of their newest authority: not before their clients trust it. */
  readonly rotateService: () => void
}

export interface RotatingPkiOptions {
  /** The machine's time, by which TLS servers go. */
  readonly at: Date
  readonly client?: CertificateOptions
  readonly server?: CertificateOptions
}

export const fingerprintOf = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex')

/** Creates two authorities, for clients and for services, and a client and a service of theirs. */
export function createRotatingPki({ at, client, server }: RotatingPkiOptions): RotatingPki {
  let rotations = 0
  const forClients = [createAuthority({ subject: 'Clients CA 0', at })]
  const forServices = [createAuthority({ subject: 'Services CA 0', at })]
  const newest = (authorities: readonly Authority[]): Authority => authorities.at(-1) ?? never()

  const issueMaterial = (): Material => {
    const leaf = newest(forClients).issue({ subject: `client ${rotations}`, ...client })
    const trusted = rotations % 2 === 1 ? forServices.slice(-2) : forServices.slice(-1)
    return {
      certChain: leaf.fullChainPem,
      privateKey: leaf.privateKeyPem,
      caCertChain: trusted.map(({ certificate }) => certificate.pem).join(''),
      fingerprint: fingerprintOf(leaf.certificate.der),
    }
  }
  const issueService = (): Leaf => serverCertificate(newest(forServices), server)

  let material = issueMaterial()
  let service = issueService()
  return {
    client: () => material,
    service: () => ({ leaf: service, clientAuthorities: forClients.slice(-2) }),
    rotateClient: () => {
      rotations += 1
      if (rotations % 2 === 1) forServices.push(createAuthority({ subject: `Services CA ${rotations}`, at }))
      else forClients.push(createAuthority({ subject: `Clients CA ${rotations}`, at }))
      material = issueMaterial()
    },
    rotateService: () => {
      service = issueService()
    },
  }
}

const never = (): never => {
  throw new Error('no authority')
}
