import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultClientConditions, defaultServerConditions } from 'vite'
import { defineConfig, type Plugin } from 'vitest/config'
import type { Reporter, TestModule, Vitest } from 'vitest/node'

/**
 * The run of tests that Stryker repeats for each mutant, in its copy of the repository: flat, without type checks, in one order.
 *
 * The copy has no node_modules of its own, only a link to the real one, and there `@clientcert/core` is a link to the real
 * packages/core: tests that import it by name, and `@clientcert/testing` with them, would run what nobody mutated, and every
 * mutant would survive them. So the names stand for the copy here, by the same export condition as everywhere.
 */
const source = '@clientcert/source'
const root = process.cwd()

type Manifest = Readonly<{ name: string; exports: Readonly<Record<string, string | Readonly<Record<string, string>>>> }>

const alias = ['core', 'testing'].flatMap((folder) => {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')) as Manifest
  return Object.entries(exports).flatMap(([subpath, targets]) => {
    const target = typeof targets === 'string' ? undefined : targets[source]
    if (target === undefined) return []
    return [{ find: new RegExp(`^${name}${subpath.slice(1)}$`), replacement: join(root, 'packages', folder, target) }]
  })
})

/** A module of a package from outside the copy does not load: the proof that what is tested is what was mutated. */
const onlyFromHere: Plugin = {
  name: 'clientcert:only-from-here',
  enforce: 'pre',
  load(id) {
    if (/\/packages\/[^/]+\/(src|dist)\//.test(id) && !id.startsWith(join(root, 'packages/'))) {
      throw new Error(`${id} is not of the copy in ${root}: its mutants would not be seen`)
    }
    return undefined
  },
}

/**
 * Stryker counts tests, and a file that does not load has none: the run would go on without it, and a mutant that no file can load
 * would count as survived. Here both are errors: of the run, or of the mutant, which then has no part in the score.
 */
class EveryFileLoads implements Reporter {
  #vitest: Vitest | undefined

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  onTestModuleEnd(module: TestModule): void {
    for (const { message } of module.errors()) {
      this.#vitest?.state.errorsSet.add(new Error(`${module.moduleId} does not load: ${message}`))
    }
  }
}

export default defineConfig({
  plugins: [onlyFromHere],
  resolve: { alias, conditions: [source, ...defaultClientConditions] },
  ssr: { resolve: { conditions: [source, ...defaultServerConditions] } },
  test: {
    // Within the folder that Stryker names (`vitest.dir`).
    include: ['**/*.test.ts'],
    setupFiles: ['test/setup/no-console.ts', 'scripts/mutation/fixed-seed.ts'],
    reporters: [new EveryFileLoads()],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
