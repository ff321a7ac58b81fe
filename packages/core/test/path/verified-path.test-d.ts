import type * as core from '@clientcert/core'
import { type Certificate, isVerifiedPath, type TrustAnchor, type VerifiedPath } from '@clientcert/core'
import { describe, expectTypeOf, test } from 'vitest'

declare const certificate: Certificate
declare const anchor: TrustAnchor
declare const unknown: unknown

describe('a VerifiedPath, to the compiler', () => {
  test('is not a look-alike with all its fields', () => {
    const lookalike = { certificates: [certificate] as const, anchor, at: 0, notAfter: 0, endEntity: certificate }
    // @ts-expect-error The private field is missing, and nobody can write it.
    const path: VerifiedPath = lookalike
    expectTypeOf(path).toEqualTypeOf<VerifiedPath>()
  })

  test('is narrowed to by isVerifiedPath', () => {
    if (isVerifiedPath(unknown)) expectTypeOf(unknown).toEqualTypeOf<VerifiedPath>()
    else expectTypeOf(unknown).toEqualTypeOf<unknown>()
  })

  test('is read only', () => {
    expectTypeOf<VerifiedPath['certificates']>().toEqualTypeOf<readonly [Certificate, ...Certificate[]]>()
    const change = (path: VerifiedPath) => {
      // @ts-expect-error Its fields are read only.
      path.anchor = anchor
    }
    expectTypeOf(change).returns.toBeVoid()
  })

  test('is exported as a type alone: nobody outside can name its constructor', () => {
    expectTypeOf<typeof core>().toHaveProperty('isVerifiedPath')
    expectTypeOf<typeof core>().not.toHaveProperty('VerifiedPath')
  })
})
