/** What servers and the load are given: certificates, and the requests as the octets that nginx would send on. */
import {
  type Authority,
  createAuthority,
  createKeyPool,
  headersFor,
  type KeyPool,
  type Leaf,
  serverCertificate,
} from '@clientcert/testing'

/** A certificate with its key, as PEM. */
export interface Identity {
  readonly cert: string
  readonly key: string
}

/** Who sends, over TLS and behind a proxy. */
export interface Sender {
  readonly tls: Identity
  /** One request over TLS. */
  readonly plain: string
  /** The same as nginx passes it on. */
  readonly forwarded: string
  /** The certificate in there. */
  readonly header: string
}

export interface Material {
  readonly server: Identity
  /** What servers' certificates chain to. */
  readonly serverCa: string
  /** What clients' certificates chain to. */
  readonly clientCa: string
  /** The name that all good clients carry: the policy asks for it. */
  readonly allowedName: string
  readonly clients: readonly [Sender, ...Sender[]]
  /** Of an authority that nobody trusts, with the same names. */
  readonly stranger: Sender
}

const ALLOWED_NAME = 'fleet.bench.example'

/** Keys are reused; certificates are distinct. */
const KEYS = 16

/** By the machine's clock, for nginx and OpenSSL know no other. */
export function mintMaterial(pool: number): Material {
  const at = new Date()
  const serverAuthority = createAuthority({ subject: 'Server CA', at })
  const server = serverCertificate(serverAuthority)
  const keyPool = createKeyPool({ size: KEYS })
  const authority = createAuthority({ key: 'p256', subject: { O: 'Bench', CN: 'Clients CA' }, at })
  const other = createAuthority({ key: 'p256', subject: { O: 'Bench', CN: 'Clients CA' }, at })
  const first = issueClient(authority, keyPool, 0)
  const others = Array.from({ length: Math.max(0, pool - 1) }, (_, index) => issueClient(authority, keyPool, index + 1))
  return {
    server: identityOf(server),
    serverCa: serverAuthority.certificate.pem,
    clientCa: authority.certificate.pem,
    allowedName: ALLOWED_NAME,
    clients: [senderOf(first, 'SUCCESS'), ...others.map((leaf) => senderOf(leaf, 'SUCCESS'))],
    stranger: senderOf(issueClient(other, keyPool, 0), 'FAILED:unable to verify the first certificate'),
  }
}

/** P-256, as fleets issue them, with where to ask about it: some 1,250 characters in nginx's header. Nothing is asked: revocation is off by default. */
function issueClient(authority: Authority, keys: KeyPool, index: number): Leaf {
  const name = `client-${index}`
  return authority.issue({
    key: keys.next('p256'),
    subject: { O: 'Bench', OU: 'Fleet', CN: `${name}.prod.bench.example` },
    san: { dns: [ALLOWED_NAME, `${name}.prod.bench.example`], uri: `spiffe://bench.example/ns/prod/sa/${name}` },
    crlDistributionPoints: ['http://crl.bench.example/fleet/clients-ca.crl'],
    authorityInfoAccess: {
      ocsp: ['http://ocsp.bench.example/fleet'],
      caIssuers: ['http://pki.bench.example/fleet/clients-ca.cer'],
    },
  })
}

const identityOf = ({ fullChainPem, privateKeyPem }: Leaf): Identity => ({ cert: fullChainPem, key: privateKeyPem })

/** What a browser or a service sends. */
const OWN_LINES: readonly (readonly [string, string])[] = [
  ['Host', 'app.bench.example'],
  ['User-Agent', 'bench/1.0'],
  ['Accept', 'application/json'],
  ['Accept-Encoding', 'gzip, br'],
]

/** What NGINX Ingress adds besides. */
const PROXY_LINES: readonly (readonly [string, string])[] = [
  ['X-Request-ID', '5f3a6d1c9b0e4c7a8d2f1e0b3c4d5e6f'],
  ['X-Real-IP', '198.51.100.7'],
  ['X-Forwarded-For', '198.51.100.7'],
  ['X-Forwarded-Host', 'app.bench.example'],
  ['X-Forwarded-Port', '443'],
  ['X-Forwarded-Proto', 'https'],
  ['X-Forwarded-Scheme', 'https'],
  ['X-Scheme', 'https'],
]

function senderOf(leaf: Leaf, verify: string): Sender {
  const headers = headersFor('nginx', leaf, { verify })
  return {
    tls: identityOf(leaf),
    plain: requestOf(OWN_LINES),
    forwarded: requestOf([...PROXY_LINES, ...Object.entries(headers), ...OWN_LINES]),
    header: headers['ssl-client-cert'] ?? '',
  }
}

const requestOf = (lines: readonly (readonly [string, string])[]): string =>
  `GET / HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
