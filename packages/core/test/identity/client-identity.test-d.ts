import type * as core from '@clientcert/core'
import { type ClientIdentity, isClientIdentity } from '@clientcert/core'
import { describe, expectTypeOf, test } from 'vitest'

declare const identity: ClientIdentity
declare const unknown: unknown

describe('a ClientIdentity, to the compiler', () => {
  test('is not a copy of its fields', () => {
    const fields: { readonly [Name in keyof ClientIdentity]: ClientIdentity[Name] } = identity
    // @ts-expect-error The private field is missing, and nobody can write it.
    const copy: ClientIdentity = fields
    expectTypeOf(copy).toEqualTypeOf<ClientIdentity>()
  })

  test('is narrowed to by isClientIdentity', () => {
    if (isClientIdentity(unknown)) expectTypeOf(unknown).toEqualTypeOf<ClientIdentity>()
  })

  test('is exported as a type alone', () => {
    expectTypeOf<typeof core>().toHaveProperty('isClientIdentity')
    expectTypeOf<typeof core>().not.toHaveProperty('ClientIdentity')
  })

  test('is read only', () => {
    const change = () => {
      // @ts-expect-error Its fields are read only.
      identity.subject = 'CN=root'
      // @ts-expect-error So are the lists in them.
      identity.subjectAltNames.dns.length = 0
    }
    expectTypeOf(change).returns.toBeVoid()
  })
})
