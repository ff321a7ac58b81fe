import { defaultClientConditions, defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'

const source = '@clientcert/source'

export default defineConfig({
  resolve: { conditions: [source, ...defaultClientConditions] },
  ssr: { resolve: { conditions: [source, ...defaultServerConditions] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    setupFiles: ['test/setup/no-console.ts'],
    reporters: ['default', './test/setup/tally-reporter.ts'],
    typecheck: {
      enabled: true,
      checker: 'tsc',
      tsconfig: 'tsconfig.json',
      include: ['packages/*/test/**/*.test-d.ts'],
      // Those are what `npm run check:types` reports.
      ignoreSourceErrors: true,
    },
    // Files share what they import, for half of the processor's time, and so each test has to leave things as it found them.
    isolate: false,
    // One less than there are would be one alone on two processors, of which half is waiting for servers.
    maxWorkers: '100%',
    // Two cores shared with real servers: a slow machine is not a failure, a hang still is.
    testTimeout: 20_000,
    hookTimeout: 30_000,
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
      reportsDirectory: 'coverage',
    },
  },
})
