/**
 * Packs the built packages, installs the tarballs into an empty folder for each of test/consumers, and runs it.
 *
 * In the workspace everything resolves to source through symbolic links. Only here is what npm would publish: the files
 * that `files` names, the entries that `exports` has, the declarations that the build wrote.
 */

import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const consumers = 'test/consumers'
const workspace = mkdtempSync(join(tmpdir(), 'clientcert-consumers-'))

// What `npm run` tells its children about this workspace would make their npm work on this workspace.
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_(package|lifecycle|config_local_prefix)|INIT_CWD)/.test(name)),
)

try {
  const tarballs = await packAll()
  const names = readdirSync(consumers, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  )
  const results = await Promise.all(names.map((name) => consume(name, tarballs)))
  if (results.includes('failed')) process.exitCode = 1
} finally {
  rmSync(workspace, { recursive: true, force: true })
}

async function packAll(): Promise<string[]> {
  const packages = readdirSync('packages').flatMap((name) => ['--workspace', `packages/${name}`])
  await run('npm', ['pack', '--pack-destination', workspace, ...packages], { env })
  return readdirSync(workspace).map((file) => join(workspace, file))
}

async function consume(name: string, tarballs: readonly string[]): Promise<'passed' | 'failed'> {
  const cwd = join(workspace, name)
  const started = performance.now()
  try {
    cpSync(join(consumers, name), cwd, { recursive: true })
    await run('npm', ['install', '--no-save', '--prefer-offline', '--no-audit', '--no-fund', ...tarballs], { cwd, env })
    const { stdout } = await run('npm', ['start', '--silent'], { cwd, env })
    console.log(`${name}: ${((performance.now() - started) / 1000).toFixed(1)} s\n${indent(stdout)}`)
    return 'passed'
  } catch (error) {
    console.error(`${name}: failed\n${indent(outputOf(error))}`)
    return 'failed'
  }
}

function outputOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { stdout = '', stderr = '' } = error as Error & { stdout?: string; stderr?: string }
  return `${error.message}\n${stdout}\n${stderr}`
}

function indent(text: string): string {
  return text.trimEnd().replace(/^/gm, '  ')
}
