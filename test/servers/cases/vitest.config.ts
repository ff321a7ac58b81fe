import { defineConfig } from 'vitest/config'

/** A run of its own, on a machine without the server: see ../requirement.test.ts. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.case.ts'],
    reporters: ['default', '../../setup/tally-reporter.ts'],
  },
})
