/** A root, an issuing authority and a client, whose revocation is published on the loopback; each link of the chain can be made to go wrong. */
import {
  type Authority,
  answerOcspRequest,
  createAuthority,
  issueResponder,
  type Leaf,
  mintCrl,
  mintOcspResponse,
  type OcspResponder,
  type RevocationServer,
  startRevocationServer,
} from '@clientcert/testing'
import { onTestFinished } from 'vitest'
import type { RevocationOptions } from '../../src/index.ts'

/** What there is to know of a certificate, and what can be wrong with who says so. */
export const CONDITIONS = [
  'good',
  'revoked',
  'on hold',
  'unknown',
  'expired data',
  'unreachable',
  'timeout',
  'garbage',
  'wrong signer',
  'wrong issuer',
  'no pointer',
] as const

export type Condition = (typeof CONDITIONS)[number]

export type Source = 'crl' | 'ocsp'

export type Position = 'end entity' | 'issuer'

export interface World {
  readonly root: Authority
  readonly issuing: Authority
  readonly leaf: Leaf
  readonly server: RevocationServer
  readonly timeoutMs: number
}

const DAY_MS = 86_400_000

/** The time after which a responder that hangs is given up, in milliseconds: the least that the option takes. Others get all the time they need. */
const timeoutFor = (condition: Condition): number => (condition === 'timeout' ? 100 : 30_000)

/** Follows what the certificates name, to the loopback. */
export const following = (
  source: Source,
  { server, timeoutMs }: World,
  options: RevocationOptions = {},
): RevocationOptions => ({
  follow: [source],
  ...options,
  fetch: {
    hosts: ['127.0.0.1'],
    addresses: ['127.0.0.1'],
    ports: [server.port],
    timeoutMs,
    ...options.fetch,
  },
})

/** Makes a world in which one source says of one certificate what is asked for; the other certificate is good. */
export async function createWorld(source: Source, position: Position, condition: Condition): Promise<World> {
  const responders: Record<string, (request: Uint8Array) => Uint8Array> = {}
  const server = await startRevocationServer({
    ocsp: {
      '/root': (request) => responders['/root']?.(request) ?? none,
      '/issuing': (request) => responders['/issuing']?.(request) ?? none,
    },
  })
  onTestFinished(() => server.close())
  const pointers = (path: string, at: Position) => {
    if (condition === 'no pointer' && at === position) return {}
    const url = server.url(path)
    return source === 'crl' ? { crlDistributionPoints: [`${url}.crl`] } : { authorityInfoAccess: { ocsp: [url] } }
  }
  const root = createAuthority('World Root')
  const issuing = root.intermediate({ subject: 'World Issuing', ...pointers('/root', 'issuer') })
  const leaf = issuing.issue({ subject: 'alice', ...pointers('/issuing', 'end entity') })

  const subjects = {
    'end entity': { by: issuing, of: leaf, path: '/issuing' },
    issuer: { by: root, of: issuing, path: '/root' },
  }
  for (const at of ['end entity', 'issuer'] as const) {
    const { by, of, path } = subjects[at]
    const here = at === position ? condition : 'good'
    server.publish(`${path}.crl`, crlFor(here, by, of))
    responders[path] = (request) => ocspFor(here, by, request)
    const place = source === 'crl' ? `${path}.crl` : path
    if (here === 'unreachable') server.setFault({ kind: 'reset' }, place)
    if (here === 'timeout') server.setFault({ kind: 'hanging' }, place)
    if (here === 'garbage') server.setFault({ kind: 'garbage' }, place)
  }
  return { root, issuing, leaf, server, timeoutMs: timeoutFor(condition) }
}

const none = new Uint8Array()

/** Of the same name, with another key. */
const impostorOf = (authority: Authority): Authority => createAuthority({ subject: authority.name, at: authority.at })

function crlFor(condition: Condition, by: Authority, of: Leaf): Uint8Array {
  const at = by.at.getTime()
  const wrong: Partial<Record<Condition, () => Uint8Array>> = {
    revoked: () => mintCrl(by, { entries: [{ certificate: of.certificate, reason: 'keyCompromise' }] }).der,
    'on hold': () => mintCrl(by, { entries: [{ certificate: of.certificate, reason: 'certificateHold' }] }).der,
    'expired data': () => mintCrl(by, { thisUpdate: new Date(at - 9 * DAY_MS), nextUpdate: new Date(at - DAY_MS) }).der,
    'wrong signer': () => mintCrl(impostorOf(by)).der,
    'wrong issuer': () => mintCrl(createAuthority('Another CA')).der,
  }
  return wrong[condition]?.() ?? mintCrl(by).der
}

function ocspFor(condition: Condition, by: Authority, request: Uint8Array): Uint8Array {
  const at = by.at.getTime()
  const responder: OcspResponder = { issuer: by, signer: issueResponder(by) }
  const answer = (differences: Partial<OcspResponder> = {}) =>
    answerOcspRequest(request, { ...responder, ...differences })
  const wrong: Partial<Record<Condition, () => Uint8Array>> = {
    revoked: () => answer({ statusOf: () => ({ reason: 'keyCompromise' }) }),
    'on hold': () => answer({ statusOf: () => ({ reason: 'certificateHold' }) }),
    unknown: () => answer({ statusOf: () => 'unknown' }),
    'expired data': () => answer({ thisUpdate: new Date(at - 9 * DAY_MS), nextUpdate: new Date(at - DAY_MS) }),
    'wrong signer': () => answer({ signer: issueResponder(impostorOf(by)) }),
    'wrong issuer': () => {
      const other = createAuthority('Another CA')
      return mintOcspResponse({ issuer: other, responses: [{ certificate: other.issue('alice') }] })
    },
  }
  return wrong[condition]?.() ?? answer()
}
