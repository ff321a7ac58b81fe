import { describe, expect, test } from 'vitest'
import { isVerifiedPath, VerifiedPath } from '../../src/path/verified-path.ts'
import { chainOf, parsed, pathOf, storeOf } from './verdict.ts'

const { root, leaf } = chainOf()
const path = pathOf(leaf, storeOf([root]))

describe('a VerifiedPath is made by the verifier and by nobody else', () => {
  test('is what the verifier returns', () => {
    expect(isVerifiedPath(path)).toBe(true)
  })

  test('cannot be constructed, not through the constructor of one that is real either', () => {
    const make = (...args: readonly unknown[]): unknown => Reflect.construct(VerifiedPath, args)
    const anchor = { certificate: parsed(root.certificate), id: null, origin: 'mine' }
    const rest = [[parsed(leaf.certificate)], anchor, 0]
    expect(() => make()).toThrow(TypeError)
    expect(() => make(undefined, ...rest)).toThrow(TypeError)
    expect(() => make(Symbol('VerifiedPath'), ...rest)).toThrow(TypeError)
    expect(() => make(Symbol.for('VerifiedPath'), ...rest)).toThrow(TypeError)
    expect(() => make(path, ...rest)).toThrow(TypeError)
    expect(() => Reflect.construct(path.constructor, [Symbol('VerifiedPath'), ...rest]) as unknown).toThrow(TypeError)
  })

  test.each<[string, unknown]>([
    ['an object with its prototype', Object.create(VerifiedPath.prototype)],
    ['a look-alike', { certificates: path.certificates, anchor: path.anchor, at: path.at, notAfter: path.notAfter }],
    ['a copy of its fields under its prototype', Object.assign(Object.create(VerifiedPath.prototype) as object, path)],
    ['a structured clone', structuredClone({ at: path.at, notAfter: path.notAfter })],
    ['an object that inherits from a real one', Object.create(path)],
    ['a proxy of a real one', new Proxy(path, {})],
    ['null', null],
    ['undefined', undefined],
    ['a function', () => path],
    ['text', 'path'],
  ])('is not %s', (_, value) => {
    expect(isVerifiedPath(value)).toBe(false)
  })

  test('is not what structuredClone makes of it', () => {
    expect(isVerifiedPath(structuredClone(path))).toBe(false)
  })

  test('cannot be changed afterwards', () => {
    expect(Object.isFrozen(path)).toBe(true)
    expect(Object.isFrozen(path.certificates)).toBe(true)
    expect(Reflect.set(path, 'anchor', null)).toBe(false)
    expect(Reflect.set(path, 'certificates', [])).toBe(false)
    expect(Reflect.set(path.certificates, 0, path.anchor.certificate)).toBe(false)
  })
})
