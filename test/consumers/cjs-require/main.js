const assert = require('node:assert/strict')
const { verifyCertificate } = require('@clientcert/core')
const { createAuthority, DEFAULT_CLOCK } = require('@clientcert/testing')

async function main() {
  const authority = createAuthority('Clients')
  const stranger = createAuthority('Strangers')
  const trust = { pem: authority.certificate.pem }
  const clock = () => DEFAULT_CLOCK

  const accepted = await verifyCertificate({ pem: authority.issue('alice').fullChainPem }, { trust, clock })
  assert.equal(accepted.outcome, 'accepted')

  const rejected = await verifyCertificate({ pem: stranger.issue('mallory').fullChainPem }, { trust, clock })
  assert.equal(rejected.outcome, 'rejected')
  for (const name of ['core/headers', 'core/x509', 'express', 'fastify', 'https']) {
    console.log(Object.keys(require(`@clientcert/${name}`)).join(' '))
  }
}

main()
