import { createAuthority, headersFor, type Leaf } from '@clientcert/testing'
import '@clientcert/testing/vitest'
import { expect, expectTypeOf, test } from 'vitest'

test('a matcher takes only codes that the decision can have', () => {
  const decided = expect({})
  expectTypeOf(decided.toBeRejectedWith).toBeCallableWith('ERR_PATH_EXPIRED')
  // @ts-expect-error a misspelt code is a compile error
  decided.toBeRejectedWith('ERR_PATH_EXPIERD')
  // @ts-expect-error a rejection always has a code to name
  decided.toBeRejectedWith()
})

test('options that do not exist are compile errors', () => {
  const root = createAuthority()
  expectTypeOf(root.issue({ subject: 'alice', eku: null })).toEqualTypeOf<Leaf>()
  expectTypeOf(root).toExtend<Leaf>()
  // @ts-expect-error the option is notAfter
  root.issue({ notafter: new Date() })
  // @ts-expect-error the clock belongs to the root
  root.issue({ at: new Date() })
  // @ts-expect-error there is no such proxy
  headersFor('ngnix', null)
})
