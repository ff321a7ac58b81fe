import { type IssuedCertificate, type SignatureInput, type SignatureScheme, schemeOf } from '@clientcert/testing'
import { cursorOver, enter, finish, readOctetBits } from '../../src/encoding/der.ts'
import type { Result } from '../../src/result.ts'
import type { SignaturesFailure } from '../../src/signatures/failures.ts'
import { judgeKey } from '../../src/signatures/judge-key.ts'
import { verifySignature } from '../../src/signatures/verify-signature.ts'
import { NO_WEAKNESS, type Weakness } from '../../src/signatures/weakness.ts'
import { readAlgorithmIdentifier } from '../../src/x509/algorithm-identifier.ts'
import { failureOf } from '../encoding/unwrap.ts'
import { parsed } from '../x509/minted.ts'

type Minted = Readonly<{ certificate: IssuedCertificate }>

/** Verifies the signature on a certificate under the key of another, each in its place. */
export const verified = (
  subject: Minted,
  issuer: Minted,
  allowed: ReadonlySet<Weakness> = NO_WEAKNESS,
): Result<undefined, SignaturesFailure> =>
  verifySignature({ certificate: parsed(subject), position: 0 }, { certificate: parsed(issuer), position: 1 }, allowed)

/** The failure of a signature that must not be accepted. */
export const refusal = (
  subject: Minted,
  issuer: Minted,
  allowed: ReadonlySet<Weakness> = NO_WEAKNESS,
): SignaturesFailure => failureOf(verified(subject, issuer, allowed))

/** Judges the key in a SubjectPublicKeyInfo. */
export function judged(der: Uint8Array): ReturnType<typeof judgeKey> {
  const outer = cursorOver(der)
  const inner = enter(outer, 0x30)
  finish(outer)
  const algorithm = readAlgorithmIdentifier(inner)
  const key = readOctetBits(inner)
  finish(inner)
  return judgeKey({ der, algorithm, key })
}

/** Code and evidence of a key that must not be used. */
export function problemOf(der: Uint8Array): Readonly<{ code: string; evidence: object }> {
  const judgement = judged(der)
  if (judgement.ok) throw new Error(`a key of kind ${judgement.value.kind} was judged good`)
  return judgement.failure
}

/** What makes a key weak that is judged good otherwise. */
export function weaknessOf(der: Uint8Array): Readonly<{ name: Weakness; problem: object }> {
  const judgement = judged(der)
  if (!judgement.ok || judgement.value.weakness === null) throw new Error('a key that is refused, or not weak')
  return judgement.value.weakness
}

/** A scheme by its identifier alone, for what is refused before anybody looks at a signature. */
export const unsigned = (identifier: Uint8Array): SignatureScheme => ({
  identifier,
  sign: () => new Uint8Array(64).fill(7),
})

/** The same signature under another declaration. */
export const declaredAs = (identifier: Uint8Array, signature: SignatureInput): SignatureScheme => ({
  identifier,
  sign: schemeOf(signature).sign,
})
