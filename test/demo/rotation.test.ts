import { expect, test } from 'vitest'
import { differencesAfter, ROTATIONS, type Standing } from '../../scripts/demo/rotation.ts'

const good: Standing = {
  rotations: ROTATIONS,
  requests: 1000,
  failed: 0,
  seen: ROTATIONS + 1,
  connections: { old: 2, stillOld: 0, new: 8 },
  reason: null,
}

test('the demo is as expected where every rotation came, every certificate was used, and no request failed', () => {
  expect(differencesAfter(good)).toEqual([])
  expect(differencesAfter({ ...good, failed: 1, reason: 'Error: 502' })).toEqual([
    '1 requests failed, the first: Error: 502',
  ])
  expect(differencesAfter({ ...good, rotations: ROTATIONS - 1 })).toEqual([
    `${ROTATIONS - 1} of ${ROTATIONS} rotations`,
  ])
  expect(differencesAfter({ ...good, seen: ROTATIONS })).toHaveLength(1)
  expect(differencesAfter(null)).not.toEqual([])
})
