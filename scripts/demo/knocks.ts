/** Who knocks where, and what has to come of it. The table of the demo is this list with what came of it. */
import type { Mode } from '@clientcert/core'
import { attacksOn } from './attacks.ts'
import {
  ALICE,
  BOB,
  BY_PROXY,
  CA,
  DAVE_THEN_REFUSED,
  ERIN,
  type Knock,
  NOBODY,
  REFUSED,
  UNVERIFIED,
  type Way,
} from './knock.ts'
import type { ClientName, Pki } from './pki.ts'

/** In the order of the rows: TLS with each mode, then the proxy with each of its own, before the mode that suits it. */
const WAYS: readonly Readonly<{ way: Way; mode: Mode }>[] = [
  { way: { kind: 'tls' }, mode: 'required' },
  { way: { kind: 'tls' }, mode: 'optional' },
  { way: { kind: 'tls' }, mode: 'optional-no-ca' },
  { way: { kind: 'tls' }, mode: 'accept-unverified' },
  { way: { kind: 'tls' }, mode: 'off' },
  { way: { kind: 'proxy', verifyClient: 'on' }, mode: 'required' },
  { way: { kind: 'proxy', verifyClient: 'optional' }, mode: 'optional' },
  { way: { kind: 'proxy', verifyClient: 'optional_no_ca' }, mode: 'optional-no-ca' },
]

/** One column for each of {@link WAYS}. */
const EXPECTED: Readonly<Record<ClientName, readonly string[]>> = {
  none: [REFUSED, NOBODY, NOBODY, NOBODY, NOBODY, BY_PROXY, NOBODY, NOBODY],
  good: [ALICE, ALICE, ALICE, ALICE, NOBODY, ALICE, ALICE, ALICE],
  expired: [REFUSED, REFUSED, REFUSED, UNVERIFIED, NOBODY, BY_PROXY, BY_PROXY, BY_PROXY],
  'of another CA': [REFUSED, REFUSED, UNVERIFIED, UNVERIFIED, NOBODY, BY_PROXY, BY_PROXY, UNVERIFIED],
  forged: [REFUSED, REFUSED, REFUSED, UNVERIFIED, NOBODY, BY_PROXY, BY_PROXY, REFUSED],
  'wrong EKU': [REFUSED, REFUSED, REFUSED, UNVERIFIED, NOBODY, BY_PROXY, BY_PROXY, BY_PROXY],
  // The proxy knows the root alone; under optional_no_ca it says FAILED, and the application's store knows better.
  'leaf only': [BOB, BOB, BOB, BOB, NOBODY, BY_PROXY, BY_PROXY, BOB],
  'the CA itself': [CA, CA, CA, CA, NOBODY, CA, CA, CA],
  // nginx knows neither the CRL nor the responder: it says SUCCESS, and the application refuses.
  'revoked, by CRL': [REFUSED, REFUSED, REFUSED, UNVERIFIED, NOBODY, REFUSED, REFUSED, REFUSED],
  'revoked, by OCSP': [REFUSED, REFUSED, REFUSED, UNVERIFIED, NOBODY, REFUSED, REFUSED, REFUSED],
  // Under ignore-ca-error, and the log says it.
  'responder down': [ERIN, ERIN, ERIN, ERIN, NOBODY, ERIN, ERIN, ERIN],
}

/** Every knock of the demo, in the order of the table. */
export const knocksOf = (pki: Pki): readonly Knock[] => [...clientsOf(pki), ...REVOKED_MEANWHILE, ...attacksOn(pki)]

const REVOKED_MEANWHILE: readonly Knock[] = [
  { kind: 'tls' } as const,
  { kind: 'proxy', verifyClient: 'on' } as const,
].map((way) => ({
  client: 'revoked while connected',
  way,
  mode: 'required',
  leaf: null,
  connection: 'kept',
  expected: DAVE_THEN_REFUSED,
}))

const clientsOf = ({ clients }: Pki): readonly Knock[] =>
  Object.entries(clients).flatMap(([name, leaf]) =>
    WAYS.map(({ way, mode }, index) => {
      const client = name as ClientName
      return { client, way, mode, leaf, expected: EXPECTED[client][index] ?? 'nothing' }
    }),
  )
