import { cursorOver, type DerCursor, enter, finish, readOptional, readSmallInteger, within } from '../encoding/der.ts'
import { ok, type Result, refused } from '../result.ts'
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from '../x509/algorithm-identifier.ts'

/** The hashes that RSASSA-PSS is accepted with. */
const HASHES: ReadonlyMap<string, PssParameters['hash']> = new Map([
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
])

const MGF1 = '1.2.840.113549.1.1.8'

export interface PssParameters {
  readonly hash: 'sha256' | 'sha384' | 'sha512'
  readonly saltLength: number
}

export interface PssProblem {
  readonly field: 'hash' | 'mask generation' | 'trailer' | 'salt length'
  readonly reason: string
}

const problem = (field: PssProblem['field'], reason: string) => refused<PssProblem>({ field, reason })

/**
 * Reads RSASSA-PSS-params (RFC 4055 section 3.1), stricter than it: every field that has SHA-1 or 20 octets as its DEFAULT must be
 * written out, since the default hash is broken, and since verifiers disagree about a salt length that is not there.
 * MGF1 must use the same hash: `crypto.verify` offers no other and ignores the wish for one.
 *
 * @throws DerError where the parameters are not DER; the caller names the certificate.
 */
export function readPssParameters(parameters: Uint8Array): Result<PssParameters, PssProblem> {
  const outer = cursorOver(parameters)
  const inner = enter(outer, 0x30)
  finish(outer)
  const hashAlgorithm = readExplicit(inner, 0xa0, readAlgorithmIdentifier)
  const maskGeneration = readExplicit(inner, 0xa1, readAlgorithmIdentifier)
  const saltLength = readExplicit(inner, 0xa2, (cursor) => readSmallInteger(cursor))
  const trailer = readExplicit(inner, 0xa3, (cursor) => readSmallInteger(cursor))
  finish(inner)

  const hash = hashAlgorithm && HASHES.get(hashAlgorithm.oid)
  if (!hash)
    return problem('hash', hashAlgorithm ? `${hashAlgorithm.oid} is not accepted` : 'left out, which means SHA-1')
  if (!isNullOrAbsent(hashAlgorithm)) return problem('hash', 'has parameters')
  if (!maskGeneration) return problem('mask generation', 'left out, which means MGF1 with SHA-1')
  if (maskGeneration.oid !== MGF1 || !maskGeneration.parameters)
    return problem('mask generation', 'is not MGF1 with a hash')
  const mask = readAlgorithmIdentifier(cursorOver(maskGeneration.parameters))
  if (mask.oid !== hashAlgorithm.oid || !isNullOrAbsent(mask))
    return problem('mask generation', 'uses another hash than the digest')
  if (saltLength === undefined) return problem('salt length', 'left out, which means 20 octets')
  if (saltLength > MAX_SALT_OCTETS)
    return problem('salt length', `${saltLength} octets, at most ${MAX_SALT_OCTETS} are read`)
  if (trailer !== undefined && trailer !== 1) return problem('trailer', 'is not 0xBC')
  return ok({ hash, saltLength })
}

/** The most that the largest accepted key leaves room for: 1024 octets less SHA-256's 32 and two (RFC 8017 9.1.1). */
const MAX_SALT_OCTETS = 990

function readExplicit<Value>(
  cursor: DerCursor,
  tag: number,
  readValue: (cursor: DerCursor) => Value,
): Value | undefined {
  const element = readOptional(cursor, tag)
  if (!element) return undefined
  const inner = within(cursor.bytes, element)
  const value = readValue(inner)
  finish(inner)
  return value
}

/** Whether the parameters are NULL or absent, as RFC 4055 section 2.1 lets hashes have them. */
export const isNullOrAbsent = ({ parameters }: AlgorithmIdentifier): boolean =>
  parameters === null || (parameters.length === 2 && parameters[0] === 0x05)
