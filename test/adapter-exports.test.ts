/** An application needs the package of its framework and no other: what core has for users, each adapter hands on. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const HANDED_ON = /^export \{([^}]*)\} from '@clientcert\/core'$/m

/** What an adapter hands on of core, by the names that core has for it. */
function handedOn(adapter: string): readonly string[] {
  const [, names = ''] = HANDED_ON.exec(readFileSync(`packages/${adapter}/src/index.ts`, 'utf8')) ?? []
  return [...new Set(names.split(',').map((name) => name.trim().replace(/ as \w+$/, '')))].filter(Boolean).sort()
}

test.each(['express', 'fastify'])('%s hands on the same types and functions of core as https', (adapter) => {
  expect(handedOn('https')).toContain('type Decision')
  expect(handedOn(adapter)).toEqual(handedOn('https'))
})
