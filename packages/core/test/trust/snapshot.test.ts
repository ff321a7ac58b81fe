import { createAuthority } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { nameKey } from '../../src/x509/name-comparison.ts'
import { openStore, pemOf } from './stores.ts'

const [root, other] = [createAuthority('Root'), createAuthority('Other')]
const namesake = createAuthority(' ROOT ')
const intermediate = root.intermediate('CA')

function snapshotOf(...args: Parameters<typeof openStore>) {
  return openStore(...args).snapshot() ?? expect.unreachable('nothing was loaded')
}

describe('a snapshot', () => {
  test('keeps a certificate that stands several times once, but once for each id', () => {
    const { anchors, intermediates } = snapshotOf([
      { pem: pemOf(root, root, intermediate, intermediate) },
      { pem: pemOf(root, intermediate) },
      { pem: pemOf(root), id: 'a' },
      { pem: pemOf(root), id: 'b' },
    ])
    expect(anchors.map(({ id }) => id)).toEqual([null, 'a', 'b'])
    expect(intermediates).toHaveLength(1)
  })

  test('finds anchors and path material by their name, whatever its case and spaces (RFC 5280 7.1)', () => {
    const snapshot = snapshotOf({ pem: pemOf(root, other, namesake, intermediate) })
    const [first] = snapshot.anchors
    const [only] = snapshot.intermediates
    if (!first || !only) throw new Error('an anchor and an intermediate were wanted')
    expect(snapshot.anchorsBySubject.get(nameKey(first.certificate.subject))).toHaveLength(2)
    expect(snapshot.intermediatesBySubject.get(nameKey(only.subject))).toEqual([only])
    expect(snapshot.anchorsBySubject.get('Root')).toBeUndefined()
  })

  test('cannot be changed', () => {
    const snapshot = snapshotOf({ pem: pemOf(root, intermediate) })
    for (const part of [snapshot, snapshot.anchors, snapshot.intermediates, ...snapshot.anchors]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
    for (const certificate of [...snapshot.anchors.map((anchor) => anchor.certificate), ...snapshot.intermediates]) {
      expect(Object.isFrozen(certificate)).toBe(true)
    }
  })
})
