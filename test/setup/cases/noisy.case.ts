import { expect, test } from 'vitest'

test('is quiet', ({ task }) => {
  task.meta.told = 'one thing was looked at'
  expect(1).toBe(1)
})

test('writes to the console', () => {
  // biome-ignore lint/suspicious/noConsole: what the setup must notice is exactly this
  console.warn('about to be noticed')
})

test('is skipped aloud', (context) => {
  context.skip('a server is not installed')
})

test.todo('is not written yet')
