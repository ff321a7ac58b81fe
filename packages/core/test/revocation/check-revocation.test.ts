import { describe, expect, test } from 'vitest'
import { checkRevocation } from '../../src/revocation/check-revocation.ts'
import { NO_CRLS } from '../../src/revocation/crl/loaded-crl.ts'
import { NO_REVOCATION } from '../../src/revocation-options.ts'
import { chainOf, pathOf, storeOf } from '../path/verdict.ts'

describe("mode 'skip' asks nobody, and says so", () => {
  const { root, leaf } = chainOf()
  const trust = storeOf([root])
  const path = pathOf(leaf, trust)

  test("reports 'not-checked', which is not 'good', and may be remembered as long as the path holds", async () => {
    const report = await checkRevocation(path, {
      settings: NO_REVOCATION.settings,
      crls: NO_CRLS,
      trust,
      presented: [],
      remote: null,
      path: { at: path.at },
    })
    expect(report).toEqual({
      ok: true,
      value: { mode: 'skip', status: 'not-checked', certificates: [], freshUntil: path.notAfter },
    })
  })
})
