/**
 * Starts one of the examples with a certificate authority made for it, and says how to call it:
 *
 *     npx tsx --conditions=@clientcert/source examples/run.ts koa
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { broken, createAuthority, type Leaf, mintCrl, serverCertificate } from '@clientcert/testing'
import { startMesh } from './gateway/mesh.ts'

const EXAMPLES = ['fastify', 'https', 'forwarding', 'gateway', 'revocation', 'passport', 'nest', 'koa', 'hono']
const [name = ''] = process.argv.slice(2)
if (!EXAMPLES.includes(name)) {
  console.error(`Which one? ${EXAMPLES.join(', ')}`)
  process.exit(1)
}

const folder = mkdtempSync(join(tmpdir(), 'clientcert-'))
process.on('exit', () => rmSync(folder, { recursive: true }))
process.on('SIGINT', () => process.exit(0))

const write = (file: string, { fullChainPem, privateKeyPem }: Leaf) =>
  writeFileSync(join(folder, file), fullChainPem + privateKeyPem, { mode: 0o600 })

const root = createAuthority({ subject: 'Example Clients CA', at: new Date() })
write('alice.pem', root.issue({ subject: 'alice', san: { email: 'alice@example.com' } }))
write('expired.pem', broken.expired(root))
writeFileSync(join(folder, 'clients-ca.pem'), root.certificate.pem)
const revoked = root.issue({ subject: 'mallory' })
write('revoked.pem', revoked)
writeFileSync(join(folder, 'clients.crl'), mintCrl(root, { entries: [revoked] }).pem)

const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(createAuthority({ at: new Date() }))
const { start } = (await import(`./${name}/server.ts`)) as typeof import('./revocation/server.ts')
const trust = { file: join(folder, 'clients-ca.pem') }
const mesh = name === 'gateway' ? await startMesh(trust) : null
if (mesh !== null) {
  setInterval(mesh.rotate, 5_000)
  process.on('exit', mesh.removeCertificates)
}
await start({
  cert,
  key,
  trust,
  ...mesh,
  // For the example of it; the others know neither.
  crls: { file: join(folder, 'clients.crl') },
  responders: { hosts: ['ocsp.example.com'] },
  port: 8443,
})

const path = mesh === null ? '/' : '/productpage/?u=1'
for (const file of ['', 'alice.pem', 'expired.pem', ...(name === 'revocation' ? ['revoked.pem'] : [])]) {
  console.log(`curl -k ${file && `--cert ${join(folder, file)} `}https://localhost:8443${path}`)
}
console.log('Ctrl-C ends it.')
