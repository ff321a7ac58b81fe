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

test('refuses where the verdict of the proxy was pushed over the edge', async () => {
  const { port, last } = await serve('http', behindNginx())
  const [certificate] = linesFor(alice)
  const revoked = ['ssl-client-verify', 'FAILED:certificate revoked'] as const
  await requestPlainly({ port }, [certificate as readonly [string, string], ...filler(1_100), revoked])
  expect(last().headers).not.toHaveProperty('ssl-client-verify')
  expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_TOO_MANY_HEADERS')
})

test('follows a lower maxHeadersCount of the server', async () => {
  const { port, last, server } = await serve('http', behindNginx())
  Object.assign(server, { maxHeadersCount: 20 })
  await requestPlainly({ port }, linesFor(alice))
  expect(last().decision).toBeAccepted()
  await requestPlainly({ port }, [...linesFor(alice), ...filler(30)])
  expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_TOO_MANY_HEADERS')
})
