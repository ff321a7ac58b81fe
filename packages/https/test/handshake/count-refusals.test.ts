/** What the log says of whom the handshake refused. */
import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import { refuseInHandshake } from '../../src/index.ts'
import { authorityOf, guardedServer, identity, knock, listen } from './knocking.ts'

const root = authorityOf('Root')
const [alice, eve] = [root.issue('alice'), authorityOf('Unknown').issue('eve')]

async function refusing() {
  const server = guardedServer({ trust: { pem: root.certificate.pem } })
  const told: [unknown, unknown][] = []
  const logger = { info: (...words: [unknown, unknown]) => void told.push(words), warn: () => {} }
  refuseInHandshake(server, server.clientCertAuthenticator, identity, { crls: 'left-out', logger })
  return { port: await listen(server), told }
}

test('has the reason, the address and the name that was asked for, of a stranger and of a client without a certificate', async () => {
  const { port, told } = await refusing()
  await knock(port, eve, { servername: 'a.example' })
  await knock(port, null, { servername: 'b.example' })
  await expect.poll(() => told.length).toBe(2)
  const remoteAddress = '127.0.0.1'
  const reasons = { eve: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', none: 'NO_CERTIFICATE' }
  expect(told).toEqual([
    [
      { clientCertHandshake: reasons.eve, remoteAddress, servername: 'a.example' },
      `client refused in the handshake: ${reasons.eve}`,
    ],
    [
      { clientCertHandshake: reasons.none, remoteAddress, servername: 'b.example' },
      `client refused in the handshake: ${reasons.none}`,
    ],
  ])
})

test('escapes the name, which a client chooses as it likes', async () => {
  const { port, told } = await refusing()
  const options = { port, host: '127.0.0.1', rejectUnauthorized: false, servername: 'a\n\u001b[2Jforged' }
  connect(options).on('error', () => {})
  await expect.poll(() => told.length).toBe(1)
  expect(told[0]?.[0]).toMatchObject({ servername: 'a\\u{a}\\u{1b}[2Jforged' })
})

test('says nothing of who is let in, and leaves a name out that nobody asked for', async () => {
  const { port, told } = await refusing()
  expect((await knock(port, alice)).outcome).toBe(200)
  await knock(port, eve, { servername: '' })
  await expect.poll(() => told.length).toBe(1)
  expect(told[0]?.[0]).not.toHaveProperty('servername')
})
