import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'tsup'
import type * as internals from '../../packages/core/bench/internals.ts'
import { isSource } from './machine.ts'

export type Internals = typeof internals

const ENTRY = 'packages/core/bench/internals.ts'

/** A module of core's internals, and where it is, for other processes. */
export interface BuiltInternals {
  readonly internals: Internals
  readonly url: string
  readonly remove: () => void
}

/**
 * Builds the parts of core that are measured by themselves, as the packages are built: through a loader they would be slower, and within the whole their share
 * cannot be told. From source where this process runs from source.
 */
export async function buildInternals(): Promise<BuiltInternals> {
  if (isSource()) return loadInternals(pathToFileURL(join(import.meta.dirname, '../..', ENTRY)).href, () => {})
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-bench-core-'))
  await build({
    config: false,
    entry: { internals: ENTRY },
    outDir: folder,
    format: 'esm',
    target: 'node20.19',
    platform: 'node',
    tsconfig: 'tsconfig.build.json',
    outExtension: () => ({ js: '.mjs' }),
    splitting: false,
    dts: false,
    silent: true,
  })
  return loadInternals(pathToFileURL(join(folder, 'internals.mjs')).href, () =>
    rmSync(folder, { recursive: true, force: true }),
  )
}

async function loadInternals(url: string, remove: () => void): Promise<BuiltInternals> {
  return { internals: (await import(url)) as Internals, url, remove }
}
