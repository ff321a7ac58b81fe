import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createAuthority } from '@clientcert/testing'
import { expect, test } from 'vitest'
import { pemOf, temporaryDirectory } from './stores.ts'

const WORKSPACE = fileURLToPath(new URL('../../../../', import.meta.url))
const CORE = new URL('../../src/index.ts', import.meta.url).href

/** A program that opens an authenticator over every kind of source, one of them failing, and never closes it. */
const program = (directory: string) => `
  import { createAuthenticator } from ${JSON.stringify(CORE)}
  const directory = ${JSON.stringify(directory)}
  const authenticator = createAuthenticator({
    trust: [
      { file: directory + '/ca.pem' },
      { files: [directory + '/ca.pem'] },
      { directory },
      { name: 'remote', load: async () => { throw new Error('connection refused') } },
    ],
  })
  authenticator.ready().catch(() => {})
  await authenticator.reload()
  console.log(authenticator.status().sources.map(({ error }) => error === null ? 'good' : 'failed').join(' '))
`

test('watches, polls and retries do not keep a program from ending', async () => {
  const directory = temporaryDirectory()
  writeFileSync(join(directory, 'ca.pem'), pemOf(createAuthority()))
  const args = ['--conditions=@clientcert/source', '--import=tsx', '--input-type=module', '--eval', program(directory)]
  const child = spawn(process.execPath, args, { cwd: WORKSPACE, stdio: ['ignore', 'pipe', 'inherit'], timeout: 15_000 })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  // Killed after the time-out, it would end by a signal and without a code.
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(output).toBe('good good good failed\n')
})
