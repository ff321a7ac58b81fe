import { defineConfig } from 'vitest/config'

/** A run of its own, which is meant to end red: see ../run.test.ts. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.case.ts'],
    setupFiles: ['../no-console.ts'],
    reporters: ['default', '../tally-reporter.ts'],
  },
})
