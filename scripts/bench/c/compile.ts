import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The program in C, or the reason why there is none. */
export type Compiled =
  | { readonly ok: true; readonly program: string; readonly remove: () => void }
  | { readonly ok: false; readonly reason: string }

/** Compiles one of the programs here with whatever compiler and libcrypto this machine has. Never fails: what is missing is said. */
export function compile(name: 'verify' | 'crl' | 'ocsp'): Compiled {
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-bench-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const program = join(folder, name)
  const source = join(import.meta.dirname, `${name}.c`)
  const { error, status, stderr } = spawnSync('cc', ['-O2', '-Wall', '-o', program, source, '-lcrypto'], {
    encoding: 'utf8',
  })
  if (error === undefined && status === 0) return { ok: true, program, remove }
  remove()
  if (error) return { ok: false, reason: 'there is no C compiler (Debian: apt-get install gcc libssl-dev)' }
  const [first = ''] = stderr.split('\n').filter((line) => line.includes('error'))
  return { ok: false, reason: `cc could not compile it; is libssl-dev there? ${first}` }
}
