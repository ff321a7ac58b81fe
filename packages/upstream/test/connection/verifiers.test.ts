import { expect, test, vi } from 'vitest'
import { createVerifiers } from '../../src/connection/verifiers.ts'
import { readServerOptions } from '../../src/server/server-options.ts'
import { createServerVerifier } from '../../src/server/verify-server.ts'
import { clients, servers } from '../serving.ts'

const by = (...authorities: readonly string[]) => ({ authorities, authoritiesFrom: 'given' }) as const

test('those with the same authorities share one verifier, which the last of them closes', () => {
  const closed = vi.fn()
  const create = vi.fn(({ authorities, authoritiesFrom }: ReturnType<typeof by>) => {
    const clock = () => new Date()
    const verifier = createServerVerifier(authorities, readServerOptions({}), { clock, logger: null, authoritiesFrom })
    return { ...verifier, close: closed }
  })
  const verifiers = createVerifiers(create as Parameters<typeof createVerifiers>[0])
  const [one, same] = [verifiers.hold(by(servers.certificate.pem)), verifiers.hold(by(servers.certificate.pem))]
  const other = verifiers.hold(by(clients.certificate.pem))
  expect(same.verifier).toBe(one.verifier)
  expect(other.verifier).not.toBe(one.verifier)
  one.release()
  one.release()
  expect(closed).not.toHaveBeenCalled()
  same.release()
  expect(closed).toHaveBeenCalledTimes(1)
  expect(verifiers.hold(by(servers.certificate.pem)).verifier).not.toBe(one.verifier)
})
