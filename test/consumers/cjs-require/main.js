const assert = require('node:assert/strict')
const { verifyCertificate } = require('@clientcert/core')
const { createAuthority, DEFAULT_CLOCK } = require('@clientcert/testing')
const { createTlsContext } = require('@clientcert/upstream')

async function main() {
  const authority = createAuthority('Clients')
  const stranger = createAuthority('Strangers')
  const trust = { pem: authority.certificate.pem }
  const clock = () => DEFAULT_CLOCK

  const accepted = await verifyCertificate({ pem: authority.issue('alice').fullChainPem }, { trust, clock })
  assert.equal(accepted.outcome, 'accepted')

  const rejected = await verifyCertificate({ pem: stranger.issue('mallory').fullChainPem }, { trust, clock })
  assert.equal(rejected.outcome, 'rejected')

  const { fullChainPem: certChain, privateKeyPem: privateKey } = authority.issue('gateway')
  const context = createTlsContext({ pem: { certChain, privateKey, caCertChain: trust.pem }, clock })
  assert.equal(context.status().material.subject, 'CN=gateway')
  await assert.rejects(fetch('https://localhost:1', { dispatcher: context.dispatcher() }), { name: 'TypeError' })
  await context.close()

  for (const name of ['core/headers', 'core/x509', 'express', 'fastify', 'https', 'upstream', 'consul']) {
    console.log(Object.keys(require(`@clientcert/${name}`)).join(' '))
  }
}

main()
