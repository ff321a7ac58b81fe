/**
 * What the gateway finds where Istio runs, made for this machine: an authority, files of which the agent makes new ones, and the service `productpage`, which
 * lets in nobody but the gateway.
 */
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { clientCertOf, guard, spiffeId, type TrustInput } from '@clientcert/https'
import { createAuthority, type Leaf } from '@clientcert/testing'

const GATEWAY = 'spiffe://cluster.local/ns/default/sa/gateway'
const PRODUCTPAGE = 'spiffe://cluster.local/ns/bookinfo/sa/productpage'

/** @param trust - Who the clients are, whom the gateway forwards: `productpage` verifies them again. */
export async function startMesh(trust: TrustInput) {
  const authority = createAuthority({ subject: { O: 'cluster.local' }, at: new Date() })
  const certificates = mkdtempSync(join(tmpdir(), 'clientcert-istiocerts-'))
  const write = (file: string, text: string): void => {
    writeFileSync(join(certificates, `.${file}`), text, { mode: 0o600 })
    renameSync(join(certificates, `.${file}`), join(certificates, file))
  }
  /** What Istio's agent does before the certificate expires. */
  const rotate = (): void => {
    const leaf = authority.issue({ subject: [], san: { uri: GATEWAY } })
    write('root-cert.pem', authority.certificate.pem)
    write('key.pem', leaf.privateKeyPem)
    write('cert-chain.pem', leaf.fullChainPem)
  }
  rotate()

  const leaf = authority.issue({ subject: [], san: { uri: PRODUCTPAGE }, eku: ['serverAuth'] })
  const { server, seen } = await startProductpage(trust, { pem: authority.certificate.pem }, leaf)
  const removeCertificates = (): void => rmSync(certificates, { recursive: true, force: true })
  return {
    /** Istio's directory, `/etc/istiocerts` where it is mounted. */
    certificates,
    productpage: `https://localhost:${(server.address() as AddressInfo).port}`,
    rotate,
    /** Serial numbers of the certificates with which somebody came to `productpage`. */
    seen,
    removeCertificates,
    close: async () => {
      removeCertificates()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function startProductpage(trust: TrustInput, mesh: TrustInput, { fullChainPem: cert, privateKeyPem: key }: Leaf) {
  const seen = new Set<string>()
  const tls = { cert, key, requestCert: true, rejectUnauthorized: false }
  const server = createServer(tls, (request, response) => {
    response.end(JSON.stringify({ client: clientCertOf(request)?.subject, path: request.url }))
  })
  server.on('secureConnection', (socket: TLSSocket) => {
    const certificate = socket.getPeerX509Certificate()
    if (certificate) seen.add(certificate.serialNumber)
  })
  guard(server, {
    trust,
    from: { proxy: 'envoy', onlyFrom: { certificate: { trust: mesh, allow: spiffeId(GATEWAY) } } },
  })
  await once(server.listen(0), 'listening')
  return { server, seen }
}
