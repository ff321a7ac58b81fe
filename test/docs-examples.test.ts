import { describe, expect, test } from 'vitest'
import { examplesOf } from '../scripts/docs-examples.ts'

const block = (info: string, code: string) => `\`\`\`${info}\n${code}\n\`\`\`\n`

describe('examples of a document', () => {
  test('finds each ts block with the line of its fence, and no other language', () => {
    const found = examplesOf(`# Title\n\n${block('sh', 'npm test')}\n${block('ts', 'const a = 1')}`)
    expect(found).toEqual({ examples: [{ line: 7, given: '', code: 'const a = 1' }], complaints: [] })
  })

  test('takes what a fragment is given from the comment just before it', () => {
    const [first, second] = examplesOf(
      `<!-- given: declare const a: 1 -->\n\n${block('ts', 'a')}\n${block('ts', 'b')}`,
    ).examples
    expect(first?.given).toBe('declare const a: 1')
    expect(second?.given).toBe('')
  })

  test('takes the nearest comment alone, not the prose between it and an earlier one', () => {
    const given = (what: string) => `<!-- given: ${what} -->\n\n${block('ts', 'a')}`
    expect(examplesOf(`${given('one')}\nProse.\n\n${given('two')}`).examples.map((example) => example.given)).toEqual([
      'one',
      'two',
    ])
  })

  test('takes the indentation of a list away', () => {
    expect(examplesOf('1. first\n\n   ```ts\n   if (a) {\n     b()\n   }\n   ```\n').examples[0]?.code).toBe(
      'if (a) {\n  b()\n}',
    )
  })

  test('passes over nocheck with a reason and complains without one', () => {
    expect(examplesOf(block('ts nocheck shown to be replaced', 'x(')).complaints).toEqual([])
    expect(examplesOf(block('ts nocheck', 'x(')).complaints).toEqual(['1: nocheck without a reason after it'])
  })

  test('complains of a word it does not know: a misspelt nocheck is not a reason', () => {
    expect(examplesOf(block('ts noceck shown to be replaced', 'x(')).complaints).toHaveLength(1)
  })

  test('complains of a block that is never closed', () => {
    expect(examplesOf('```ts\nconst a = 1\n').complaints).toEqual(['1: a block that is never closed'])
  })
})
