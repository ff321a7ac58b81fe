/** A library that writes to the console writes into its user's logs: any `console.*` during a test fails that test. */

import { afterAll, afterEach } from 'vitest'

const written: string[] = []

for (const [method, original] of Object.entries(console)) {
  if (typeof original !== 'function') continue
  Object.defineProperty(console, method, {
    configurable: true,
    writable: true,
    value: (...args: unknown[]) => {
      written.push(`console.${method}(${args.map(String).join(', ')})`)
    },
  })
}

function refuseOutput(): void {
  const calls = written.splice(0)
  if (calls.length > 0) throw new Error(`The console was written to during a test:\n${calls.join('\n')}`)
}

afterEach(refuseOutput)
// What was written outside any test: while the file loaded, or after its last test.
afterAll(refuseOutput)
