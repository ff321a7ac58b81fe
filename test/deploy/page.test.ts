import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { putHere, readPage } from './page.ts'

const CONFIGURATION = '## Proxy\n\n```conf\nlisten 443\n```\n\n```sh\nreload\n```\n'
const SPOOFING = '\n## The spoofing test that must fail\n\n```sh\ncert=1\n```\n\n**1.**\n\n```sh\ncurl 1\ncurl 2\n```\n'

/** A page for the length of the test. */
function pageWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'page.md'), text)
  return join(folder, 'page.md')
}

test('a page is read: its configuration, and the commands of its spoofing test alone', () => {
  expect(readPage(pageWith(CONFIGURATION + SPOOFING), 'conf')).toEqual({
    configuration: 'listen 443\n',
    preparation: 'cert=1\n',
    steps: ['curl 1\ncurl 2\n'],
  })
})

test.each([CONFIGURATION, SPOOFING, ''])(
  'a page that has lost its configuration or its test is refused: %j',
  (text) => {
    expect(() => readPage(pageWith(text), 'conf')).toThrow('has lost its configuration or its spoofing test')
  },
)

test('what a page says is replaced, and a replacement for what it does not say is refused', () => {
  expect(putHere('listen 443', [['443', '8443']])).toBe('listen 8443')
  expect(() => putHere('listen 443', [['80', '8080']])).toThrow('the page does not say 80')
})
