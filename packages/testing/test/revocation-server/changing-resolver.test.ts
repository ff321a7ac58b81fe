import { createChangingResolver } from '@clientcert/testing'
import { expect, test } from 'vitest'

test('answers in turn, then the last one for good, and counts (DNS rebinding)', async () => {
  const { lookup, asked } = createChangingResolver(['93.184.215.14'], ['127.0.0.1'])
  expect([await lookup('a.example'), await lookup('a.example'), await lookup('b.example')]).toEqual([
    ['93.184.215.14'],
    ['127.0.0.1'],
    ['127.0.0.1'],
  ])
  expect(asked).toEqual(['a.example', 'a.example', 'b.example'])
})

test('without an answer there is no such host', async () => {
  expect(await createChangingResolver().lookup('a.example')).toEqual([])
})
