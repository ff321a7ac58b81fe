import '@clientcert/testing/vitest'
import { expect, test } from 'vitest'
import { MAX_HEADER_LINES } from '../../src/evidence/read-evidence.ts'
import { alice, behindNginx, linesFor } from '../behind-nginx.ts'
import { requestPlainly, serve } from '../serving.ts'

const filler = (count: number) => Array.from({ length: count }, (_, index) => [`x-${index}`, '1'] as const)

test('takes a certificate among as many header lines as Node surely keeps, and refuses past that (Node drops lines beyond 1,000 silently)', async () => {
  const { port, last } = await serve('http', behindNginx())
  await requestPlainly({ port }, [...linesFor(alice), ...filler(400)])
  expect(last().decision).toBeAccepted()
  await requestPlainly({ port }, [...linesFor(alice), ...filler(MAX_HEADER_LINES)])
  expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_TOO_MANY_HEADERS')
})

// Node 20 drops what is beyond its limit; the parser of later ones answers 431 by itself, and no request arrives.
const [major = 0] = process.versions.node.split('.').map(Number)
const drops = major < 22

test('refuses where the verdict of the proxy was pushed over the edge', async () => {
  const { port, seen } = await serve('http', behindNginx())
  const [certificate = ['ssl-client-cert', ''] as const] = linesFor(alice)
  const revoked = ['ssl-client-verify', 'FAILED:certificate revoked'] as const
  await requestPlainly({ port }, [certificate, ...filler(1_100), revoked])
  expect(seen).toHaveLength(drops ? 1 : 0)
  for (const { headers, decision } of seen) {
    expect(headers).not.toHaveProperty('ssl-client-verify')
    expect(decision).toBeRejectedWith('ERR_EVIDENCE_TOO_MANY_HEADERS')
  }
})

test('follows a lower maxHeadersCount of the server', async () => {
  const { port, seen, server } = await serve('http', behindNginx())
  Object.assign(server, { maxHeadersCount: 20 })
  await requestPlainly({ port }, linesFor(alice))
  await requestPlainly({ port }, [...linesFor(alice), ...filler(30)])
  expect(seen.map(({ decision }) => ('failure' in decision ? decision.failure.code : decision.outcome))).toEqual(
    drops ? ['accepted', 'ERR_EVIDENCE_TOO_MANY_HEADERS'] : ['accepted'],
  )
})

test('refuses more asserted lines than a call takes arguments, in a second reader of other names too', async () => {
  const secretHeader = { name: 'x-proxy-secret', value: 'c5f1e0b2a97d4e38' }
  const [plain, guarded] = [behindNginx(), behindNginx({ secretHeader })]
  const { port, last, server } = await serve('http', async (request) => {
    expect(await plain.authenticate(request)).toBeRejectedWith('ERR_EVIDENCE_TOO_MANY_HEADERS')
    return guarded.authenticate(request)
  })
  Object.assign(server, { maxHeaderSize: 8 << 20, maxHeadersCount: 0 })
  const many = (name: string) => Array.from({ length: 70_000 }, () => [name, 'x'] as const)
  await requestPlainly({ port }, [...many('ssl-client-cert'), ...many('x-proxy-secret')])
  expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_TOO_MANY_HEADERS')
  expect(Object.keys(last().headers)).toEqual(['host', 'connection'])
})
