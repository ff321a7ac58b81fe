import { expect, test } from 'vitest'
import { requireServer } from '../requirement.ts'

requireServer(null, 'nowhere is not installed: install it')

test('needs the server', () => {
  expect('the server').toBe('there')
})
