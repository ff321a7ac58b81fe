import { createAuthority } from '@clientcert/testing'
import { expect, test } from 'vitest'
import { createAuthenticator } from '../src/index.ts'

test('carries its status under both names, and lets a framework assign it, as Koa 3 does in ctx.onerror', async () => {
  const authenticator = createAuthenticator({ trust: { pem: createAuthority().certificate.pem } })
  const { pem } = createAuthority('Other CA').issue('alice').certificate
  const decision = await authenticator.verify({ pem })
  if (decision.outcome !== 'rejected') throw new Error(decision.outcome)

  const refusal = authenticator.refusal(decision)
  expect(refusal).toMatchObject({ status: 401, statusCode: 401 })
  expect(() => Object.assign(refusal, { status: refusal.status })).not.toThrow()
})
