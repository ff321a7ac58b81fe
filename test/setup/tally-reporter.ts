/**
 * Prints what tests have to tell (`task.meta.told`), why tests were skipped and, as the very last line of the run, `N passed, N failed, N skipped`.
 *
 * Programs read that line, so it has to come after vitest's own summary and the coverage table: it is written when the
 * process ends. A file that does not load and an error outside any test count as one failure each, or a red run could
 * say `0 failed`.
 */

import type { Reporter, SerializedError, TestModule } from 'vitest/node'

declare module 'vitest' {
  interface TaskMeta {
    /** One line for whoever reads the output of a run, such as how many of what were looked at. */
    told?: string
  }
}

type Tally = { passed: number; failed: number; skipped: number }

export default class TallyReporter implements Reporter {
  readonly #tally: Tally = { passed: 0, failed: 0, skipped: 0 }
  readonly #reasons = new Map<string, number>()
  readonly #told: string[] = []

  onInit(): void {
    process.once('exit', () => process.stdout.write(`${this.#lines().join('\n')}\n`))
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    this.#reasons.clear()
    this.#told.length = 0
    Object.assign(this.#tally, { passed: 0, failed: unhandled.length, skipped: 0 })
    for (const module of modules) this.#count(module)
  }

  #count(module: TestModule): void {
    let failedTests = 0
    for (const test of module.children.allTests()) {
      const { told } = test.meta()
      if (told !== undefined) this.#told.push(told)
      const result = test.result()
      if (result.state === 'passed') this.#tally.passed += 1
      else if (result.state === 'failed') failedTests += 1
      else {
        this.#tally.skipped += 1
        const note = result.state === 'skipped' ? result.note : undefined
        if (note !== undefined) this.#reasons.set(note, (this.#reasons.get(note) ?? 0) + 1)
      }
    }
    this.#tally.failed += module.state() === 'failed' ? Math.max(1, failedTests) : failedTests
  }

  #lines(): string[] {
    const reasons = [...this.#reasons].map(([reason, count]) => `skipped ${count}: ${reason}`)
    const { passed, failed, skipped } = this.#tally
    return [...this.#told, ...reasons, `${passed} passed, ${failed} failed, ${skipped} skipped`]
  }
}
