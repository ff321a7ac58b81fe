import assert from 'node:assert/strict'
import * as consul from '@clientcert/consul'
import { verifyCertificate } from '@clientcert/core'
import * as headers from '@clientcert/core/headers'
import * as x509 from '@clientcert/core/x509'
import * as express from '@clientcert/express'
import * as fastify from '@clientcert/fastify'
import * as https from '@clientcert/https'
import { createAuthority, DEFAULT_CLOCK } from '@clientcert/testing'
import { createTlsContext } from '@clientcert/upstream'

const authority = createAuthority('Clients')
const stranger = createAuthority('Strangers')
const trust = { pem: authority.certificate.pem }
const clock = () => DEFAULT_CLOCK

const accepted = await verifyCertificate({ pem: authority.issue('alice').fullChainPem }, { trust, clock })
assert.equal(accepted.outcome, 'accepted')

const rejected = await verifyCertificate({ pem: stranger.issue('mallory').fullChainPem }, { trust, clock })
assert.equal(rejected.outcome, 'rejected')
for (const namespace of [headers, x509, express, fastify, https, consul]) console.log(Object.keys(namespace).join(' '))

const { fullChainPem: certChain, privateKeyPem: privateKey } = authority.issue('gateway')
const context = createTlsContext({ pem: { certChain, privateKey, caCertChain: trust.pem }, clock })
assert.equal(context.status().material.subject, 'CN=gateway')
// Where the types of the DOM are there as well, theirs is the RequestInit, and it knows no dispatcher.
const init = { dispatcher: context.dispatcher() } as RequestInit
await assert.rejects(fetch('https://localhost:1', init), { name: 'TypeError' })
await context.close()
