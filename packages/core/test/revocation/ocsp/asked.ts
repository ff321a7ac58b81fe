/** From minted certificates and answers to what they mean, without a network between. */
import {
  type Authority,
  createAuthority,
  type Leaf,
  mintOcspResponse,
  type OcspResponseOptions,
  type SingleResponseOptions,
} from '@clientcert/testing'
import type { Answer } from '../../../src/revocation/answer.ts'
import type { OcspQuestion } from '../../../src/revocation/ocsp/ocsp-question.ts'
import { type ResponseOptions, verifyOcspResponse } from '../../../src/revocation/ocsp/verify-response.ts'
import { NOW, parsed } from '../../path/verdict.ts'

export const SKEW_MS = 60_000

export const root: Authority = createAuthority()
export const leaf: Leaf = root.issue()

/** The question of this client, at the clock of the tests. */
export function questionOf(client: Leaf, issuer: Leaf, changes: Partial<OcspQuestion> = {}): OcspQuestion {
  return {
    certificate: parsed(client.certificate),
    issuer: parsed(issuer.certificate),
    at: NOW,
    skewMs: SKEW_MS,
    allowedWeaknesses: new Set(),
    origin: 'http://ocsp.example',
    ...changes,
  }
}

export const question = questionOf(leaf, root)

/** Nobody is to ask about the responder. */
export const options: ResponseOptions = {
  nonce: null,
  statusOfResponder: () => Promise.reject(new Error('the status of a responder was asked for')),
}

/** A good answer of the root about the leaf, changed. */
export function answerWith(changes: Partial<OcspResponseOptions> = {}, single: SingleResponseOptions = {}): Uint8Array {
  return mintOcspResponse({ issuer: root, responses: [{ certificate: leaf, ...single }], ...changes })
}

export const verified = (octets: Uint8Array, changes: Partial<OcspQuestion & ResponseOptions> = {}): Promise<Answer> =>
  verifyOcspResponse(octets, { ...question, ...changes }, { ...options, ...changes })

/** `good`, `revoked`, `unknown`, or why there is no answer. */
export async function verdict(
  octets: Uint8Array,
  changes: Partial<OcspQuestion & ResponseOptions> = {},
): Promise<string> {
  const answer = await verified(octets, changes)
  return answer.kind === 'none' ? answer.because : answer.kind
}

/** Seconds from the clock of the tests. */
export const after = (seconds: number): Date => new Date(NOW + seconds * 1000)
