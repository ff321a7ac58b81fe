/** What a responder answers, for two kinds of keys: signed by a delegate whose certificate comes along, as nearly all do. */
import {
  type Authority,
  createAuthority,
  createKeyPool,
  issueResponder,
  type KeyType,
  type Leaf,
  mintOcspResponse,
} from '@clientcert/testing'

export const KIND_NAMES = ['RSA-2048', 'P-256'] as const

export type KindName = (typeof KIND_NAMES)[number]

const KEY_TYPES: Readonly<Record<KindName, KeyType>> = { 'RSA-2048': 'rsa2048', 'P-256': 'p256' }

/** RSA takes 100 ms each. Certificates are distinct, and nobody remembers a key by its octets. */
const KEYS = 16

export interface Answers {
  readonly kind: KindName
  readonly issuer: Authority
  /** Who is asked about. */
  readonly subject: Leaf
  /** Each by a responder of its own, which nobody has met before. */
  readonly byNewResponders: readonly Uint8Array[]
  /** All by one responder. */
  readonly byOneResponder: readonly Uint8Array[]
  /** In the name of the one, with the key of another: whoever believes it does another job. */
  readonly forged: Uint8Array
}

/** By the machine's clock: OpenSSL judges thisUpdate by no other. */
export function mintAnswers(kind: KindName, pool: number): Answers {
  const key = KEY_TYPES[kind]
  const keys = createKeyPool({ size: KEYS })
  const issuer = createAuthority({ key, subject: { O: 'Bench', CN: 'Issuer' }, at: new Date() })
  // With a key of its own: nobody is vouched for by a responder that has the same one.
  const subject = issuer.issue({ key, subject: 'alice' })
  const responder = (name: string) => issueResponder(issuer, { key: keys.next(key), subject: { O: 'Bench', CN: name } })
  const answerOf = (signer: Leaf) => mintOcspResponse({ issuer, signer, responses: [{ certificate: subject }] })
  const one = responder('Responder')
  return {
    kind,
    issuer,
    subject,
    byNewResponders: Array.from({ length: pool }, (_, index) => answerOf(responder(`Responder ${index}`))),
    byOneResponder: Array.from({ length: pool }, () => answerOf(one)),
    forged: answerOf({ ...one, privateKey: issuer.privateKey }),
  }
}
