/** What an agent of Consul hands out: roots, and leaf certificates of services, in the fields that its HTTP API has. */
import { createHash } from 'node:crypto'
import { type Authority, createAuthority } from '../authority.ts'
import type { Leaf } from '../leaf.ts'

/** As `GET /v1/agent/connect/ca/roots` lists one. */
export type ConsulRoot = Readonly<{
  ID: string
  Name: string
  SerialNumber: number
  SigningKeyID: string
  ExternalTrustDomain: string
  NotBefore: string
  NotAfter: string
  RootCert: string
  IntermediateCerts: readonly string[] | null
  Active: boolean
  PrivateKeyType: string
  PrivateKeyBits: number
  CreateIndex: number
  ModifyIndex: number
}>

/** As `GET /v1/agent/connect/ca/leaf/:service` answers. */
export type ConsulLeaf = Readonly<{
  SerialNumber: string
  CertPEM: string
  PrivateKeyPEM: string
  Service: string
  ServiceURI: string
  ValidAfter: string
  ValidBefore: string
  CreateIndex: number
  ModifyIndex: number
  Namespace?: string
  Partition?: string
}>

/** A root of Consul's with whoever signs leaf certificates under it. */
export type ConnectAuthority = Readonly<{
  root: Authority
  /** The root itself, or its intermediate. */
  signer: Authority
  describe: (isActive: boolean) => ConsulRoot
  issue: (leaf: Readonly<{ uri: string; service: string; index: number; validDays: number; at: Date }>) => ConsulLeaf
}>

/**
 * @param intermediate - `'one'`: an intermediate signs, which stands in `IntermediateCerts` and behind the leaf in `CertPEM`.
 * @param previous - The root that was active before, by which this one is certified too, so that whoever has the old one alone can verify. The certificate
 *   stands in the same two places. Null for the first root, and where Consul was told `ForceWithoutCrossSigning`.
 */
export function createConnectAuthority(
  input: Readonly<{
    trustDomain: string
    serial: number
    index: number
    intermediate: 'none' | 'one'
    previous: ConnectAuthority | null
    at: Date
  }>,
): ConnectAuthority {
  const { trustDomain, serial, index, intermediate, previous, at } = input
  const root = createAuthority({ subject: `Consul CA ${serial}`, san: { uri: `spiffe://${trustDomain}` }, at })
  const signer = intermediate === 'one' ? root.intermediate(`Consul CA ${serial} Intermediate`) : root
  const { x509 } = root.certificate
  const crossSigned = previous?.root.crossSign(root, { san: { uri: `spiffe://${trustDomain}` } }).certificate.pem ?? ''
  const intermediates = [intermediate === 'one' ? signer.certificate.pem : '', crossSigned].filter((pem) => pem !== '')
  return {
    root,
    signer,
    describe: (Active) => ({
      ID: colons(createHash('sha1').update(root.certificate.der).digest()),
      Name: 'Consul CA Root Cert',
      SerialNumber: serial,
      SigningKeyID: colons(signer.keyIdentifier ?? new Uint8Array()),
      ExternalTrustDomain: trustDomain.replace(/\.consul$/, ''),
      NotBefore: instant(x509.validFrom),
      NotAfter: instant(x509.validTo),
      RootCert: root.certificate.pem,
      IntermediateCerts: intermediates.length === 0 ? null : intermediates,
      Active,
      PrivateKeyType: 'ec',
      PrivateKeyBits: 256,
      CreateIndex: index,
      ModifyIndex: index,
    }),
    issue: (leaf) => {
      const described = describeLeaf(issueLeaf(signer, leaf), leaf)
      return { ...described, CertPEM: described.CertPEM + crossSigned }
    },
  }
}

/** For both ends, as Consul's: the same certificate serves and connects. */
const issueLeaf = (
  signer: Authority,
  { uri, service, validDays, at }: Readonly<{ uri: string; service: string; validDays: number; at: Date }>,
): Leaf =>
  signer.issue({
    subject: service,
    san: { uri },
    eku: ['clientAuth', 'serverAuth'],
    keyUsage: ['digitalSignature', 'keyEncipherment'],
    // Consul's begin a minute ago, because clocks differ.
    notBefore: new Date(at.getTime() - 60_000),
    notAfter: new Date(at.getTime() + validDays * 86_400_000),
  })

function describeLeaf(
  leaf: Leaf,
  { uri, service, index }: { uri: string; service: string; index: number },
): ConsulLeaf {
  const { x509 } = leaf.certificate
  return {
    SerialNumber: colons(Buffer.from(x509.serialNumber, 'hex')),
    CertPEM: leaf.fullChainPem,
    // SEC 1, as Go writes EC keys.
    PrivateKeyPEM: leaf.privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
    Service: service,
    ServiceURI: uri,
    ValidAfter: instant(x509.validFrom),
    ValidBefore: instant(x509.validTo),
    CreateIndex: index,
    ModifyIndex: index,
  }
}

const colons = (octets: Uint8Array): string => Buffer.from(octets).toString('hex').match(/../g)?.join(':') ?? ''

/** RFC 3339, to the second. */
const instant = (text: string): string => new Date(text).toISOString().replace('.000Z', 'Z')
