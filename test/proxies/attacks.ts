/** What a client sends that wants to be somebody else: somebody's certificate, which is public, under the names that the proxy asserts. */
import type { HeaderLine } from './proxies.ts'

type Attack = (claim: readonly HeaderLine[]) => readonly HeaderLine[]

const renamed =
  (change: (name: string) => string): Attack =>
  (claim) =>
    claim.map(([name, value]) => [change(name), value] as const)

/** In the other case than the proxy writes it. */
const otherCase = (name: string): string => (/[a-z]/.test(name) ? name.toUpperCase() : name.toLowerCase())

const separated = (separator: string) => renamed((name) => name.replace(/[-_]/g, separator))

const names = (claim: readonly HeaderLine[]): string => claim.map(([name]) => name.toLowerCase()).join(', ')

export const ATTACKS = {
  'the same names': (claim) => claim,
  'another case': renamed(otherCase),
  twice: (claim) => [...claim, ...claim],
  'twice, in both cases': (claim) => [...claim, ...renamed(otherCase)(claim)],
  'the certificate alone': (claim) => claim.slice(0, 1),
  'all but the certificate': (claim) => claim.slice(1),
  'with underscores': separated('_'),
  'with hyphens': separated('-'),
  'with dots': separated('.'),
  'mixed separators': renamed((name) => name.replace(/[-_]/, '.').replace(/[-_](?=[^-_]*$)/, '_')),
  'named in Connection': (claim) => [...claim, ['Connection', `close, ${names(claim)}`]],
  'Connection alone': (claim) => [['Connection', `close, ${names(claim)}`]],
  'the verdict alone in Connection': (claim) => [['Connection', `close, ${names(claim.slice(1))}`]],
  // Apache's page sets the first three: whoever sends another is overwritten by nobody.
  'an entry of a chain that nobody sets': (claim) => [['SSL_CLIENT_CERT_CHAIN_7', claim[0]?.[1] ?? '']],
  'headers of other proxies': (claim) =>
    ['Client-Cert', 'X-Forwarded-Client-Cert', 'X-Forwarded-Tls-Client-Cert', 'X-ARR-ClientCert'].map(
      (name) => [name, claim[0]?.[1] ?? ''] as const,
    ),
} as const satisfies Readonly<Record<string, Attack>>

export type AttackName = keyof typeof ATTACKS
