/** What many tests share: an authority, a client of it, and an authenticator that takes her from nginx's headers. */
import {
  type Authority,
  createAuthority,
  DEFAULT_CLOCK,
  headersFor,
  type Leaf,
  type ProxyOptions,
} from '@clientcert/testing'
import { onTestFinished } from 'vitest'
import {
  type Authenticator,
  type AuthenticatorOptions,
  createAuthenticator,
  type Decision,
  type FromProxy,
} from '../src/index.ts'

export const root: Authority = createAuthority('Clients CA')
export const alice: Leaf = root.issue('alice')

/** The lines that nginx sends for a client. */
export const linesFor = (leaf: Leaf | null, options: ProxyOptions = {}): readonly (readonly [string, string])[] =>
  Object.entries(headersFor('nginx', leaf, options))

export const LOOPBACK: FromProxy = { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] } }

/** An authenticator that is closed at the end of the test. */
export function authenticatorFor(options: Partial<AuthenticatorOptions> = {}): Authenticator {
  const authenticator = createAuthenticator({
    trust: { pem: root.certificate.pem },
    clock: () => DEFAULT_CLOCK,
    ...options,
  })
  onTestFinished(() => authenticator.close())
  return authenticator
}

/** Behind nginx, which reaches the application over the loopback unless `onlyFrom` says otherwise. */
export const behindNginx = (
  onlyFrom: NonNullable<FromProxy['onlyFrom']> = { addresses: ['127.0.0.1'] },
  options: Partial<AuthenticatorOptions> = {},
): Authenticator => authenticatorFor({ from: { proxy: 'nginx', onlyFrom }, ...options })

/** The rule of the gate that a decision failed by; else its code or outcome. */
export function ruleOf(decision: Decision): string {
  if (!('failure' in decision)) return decision.outcome
  const { failure } = decision
  return failure.code === 'ERR_EVIDENCE_UNTRUSTED_PEER' ? failure.rule : failure.code
}
