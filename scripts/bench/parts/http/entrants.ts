/** Who takes part in what. */
import type { Target } from './load/target.ts'
import type { ServerSpec } from './servers/spec.ts'

export const NAMES = {
  bare: 'bare',
  noOp: 'a hook that does nothing',
  ours: 'clientcert',
  oursMixed: 'clientcert, another client with each request',
  peerGetter: 'getPeerX509Certificate() on each request',
  nodeVerifies: 'verified by Node in the handshake (ca, rejectUnauthorized)',
  clientCertificateAuth: 'client-certificate-auth 0.3.0',
  pkijs: 'pkijs verifies each time',
  nginx: 'nginx with mTLS in front, the application bare',
} as const

/** One server, and how it is asked. */
export interface Entrant {
  readonly name: string
  readonly framework: ServerSpec['framework']
  readonly guard: ServerSpec['guard']
  readonly behind: 'nothing' | 'nginx'
  readonly rotation: Target['rotation']
  /** What a client of an unknown authority gets; null where its handshake is refused. */
  readonly stranger: 200 | 400 | 401 | null
  readonly note?: string
}

export interface Absent {
  readonly name: string
  readonly absent: string
}

/** Those that are compared with each other. */
export interface Group {
  readonly name: string
  readonly from: ServerSpec['from']
  readonly connections: Target['connections']
  /** Of the entrant that the others' ratios are to. */
  readonly base: string
  readonly entrants: readonly (Entrant | Absent)[]
}

type Framework = ServerSpec['framework']

const entrant = (
  framework: Framework,
  name: string,
  guard: Entrant['guard'],
  more: Partial<Entrant> = {},
): Entrant => ({
  name,
  framework,
  guard,
  behind: 'nothing',
  rotation: 'by connection',
  stranger: 401,
  ...more,
})

const bare = (framework: Framework): Entrant => entrant(framework, NAMES.bare, 'none', { stranger: 200 })
const noOp = (framework: Framework): Entrant => entrant(framework, NAMES.noOp, 'no-op', { stranger: 200 })
const ours = (framework: Framework): Entrant => entrant(framework, NAMES.ours, 'clientcert')
const pkijs = (framework: Framework): Entrant => entrant(framework, NAMES.pkijs, 'pkijs')

const NO_HEADERS: Absent = {
  name: NAMES.clientCertificateAuth,
  absent: 'reads connections alone, and answers 401 to whoever is behind a proxy',
}

const clientCertificateAuth = (framework: Framework): Entrant =>
  entrant(framework, NAMES.clientCertificateAuth, 'client-certificate-auth', {
    note: `verifies nothing: asks Node's \`authorized\`${framework === 'express' ? '' : '; runs with `secure` set by hand'}`,
  })

const headers = (framework: 'fastify' | 'express', base: string): Group => ({
  name: `${framework}, header`,
  from: 'headers',
  connections: 'kept',
  base,
  entrants: [
    bare(framework),
    noOp(framework),
    ours(framework),
    { ...ours(framework), name: NAMES.oursMixed, rotation: 'by request' },
    NO_HEADERS,
    pkijs(framework),
  ],
})

/** @param nginx - Why there is none; null where there is. */
export function listGroups(nginx: string | null): readonly Group[] {
  const inFront: Entrant | Absent =
    nginx === null
      ? entrant('fastify', NAMES.nginx, 'none', { behind: 'nginx', stranger: 400, note: 'processor time of both' })
      : { name: NAMES.nginx, absent: nginx }
  const peerGetter = entrant('fastify', NAMES.peerGetter, 'peer-getter', { stranger: 200 })
  return [
    headers('fastify', NAMES.noOp),
    headers('express', NAMES.bare),
    {
      name: 'fastify, mTLS',
      from: 'socket',
      connections: 'kept',
      base: NAMES.bare,
      entrants: [
        bare('fastify'),
        noOp('fastify'),
        ours('fastify'),
        peerGetter,
        clientCertificateAuth('fastify'),
        pkijs('fastify'),
        inFront,
      ],
    },
    {
      name: 'express, mTLS',
      from: 'socket',
      connections: 'kept',
      base: NAMES.bare,
      entrants: [bare('express'), noOp('express'), ours('express'), clientCertificateAuth('express'), pkijs('express')],
    },
    {
      name: 'node:https, mTLS',
      from: 'socket',
      connections: 'kept',
      base: NAMES.bare,
      entrants: [bare('node'), ours('node')],
    },
    {
      name: 'new connections, TLS 1.3',
      from: 'socket',
      connections: 'new',
      base: NAMES.bare,
      entrants: [
        bare('fastify'),
        ours('fastify'),
        peerGetter,
        entrant('fastify', NAMES.nodeVerifies, 'node', { stranger: null }),
        inFront,
      ],
    },
  ]
}
