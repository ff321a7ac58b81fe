import { describe, expect, test } from 'vitest'
import { checkRevocation, REVOCATION_MODES } from '../../src/revocation/check-revocation.ts'
import { chainOf, pathOf, storeOf } from '../path/verdict.ts'

describe('revocation is not checked in this version, and says so', () => {
  const { root, leaf } = chainOf()
  const path = pathOf(leaf, storeOf([root]))

  test("has the mode 'skip' alone", () => {
    expect(REVOCATION_MODES).toEqual(['skip'])
  })

  test("reports 'not-checked', which is not 'good', and may be remembered as long as the path holds", async () => {
    const report = await checkRevocation(path, 'skip')
    expect(report).toEqual({ mode: 'skip', status: 'not-checked', freshUntil: path.notAfter })
    expect(Object.isFrozen(report)).toBe(true)
  })
})
