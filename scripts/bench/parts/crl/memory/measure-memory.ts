import { fork } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RevocationList } from '../lists.ts'

export interface MemoryQuestion {
  readonly path: string
  /** Of the module of internals. */
  readonly url: string
}

/** Octets that a loaded list added to a process, its DER included. */
export interface Taken {
  /** Heap and buffers, after collecting garbage. */
  readonly retained: number
  /** Of the resident set, in which what was needed meanwhile may remain. */
  readonly resident: number
  readonly entries: number
}

/** In a process of its own, so that nobody else's garbage is counted. */
export async function measureMemory({ der }: RevocationList, url: string): Promise<Taken> {
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-bench-memory-'))
  try {
    const path = join(folder, 'crl.der')
    writeFileSync(path, der)
    return await askProcess({ path, url })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function askProcess(question: MemoryQuestion): Promise<Taken> {
  const child = fork(join(import.meta.dirname, 'load-once.ts'), { execArgv: [...process.execArgv, '--expose-gc'] })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`the measuring of memory ended with ${code}`)))
    child.on('message', (message: Taken | { readonly error: string }) => {
      if ('error' in message) reject(new Error(message.error))
      else resolve(message)
    })
    child.send(question)
  })
}
