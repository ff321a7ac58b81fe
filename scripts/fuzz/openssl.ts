/** `openssl verify` as a judge: a validator that none of us wrote. Asked in batches, since starting it takes longer than the verdict. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pemOf } from '@clientcert/testing'
import type { World } from './good-chains.ts'

/** `'OK'`, or the reason that openssl gives. */
export type OpensslVerdict = string

/** Said of an end entity, or of the others, that openssl does not take for a certificate. */
export const COULD_NOT_BE_READ = 'could not be read'

export interface Openssl {
  /** @param endEntity - With the others as `-untrusted`. Any bytes. */
  readonly judge: (endEntity: Uint8Array, others: readonly Uint8Array[]) => Promise<OpensslVerdict>
  /** Questions without an answer so far. */
  readonly waiting: () => number
  /** Starts whatever is left of the batches. */
  readonly flush: () => void
  readonly processes: () => number
  readonly close: () => void
}

/** End entities of one call; all share the same others. */
const BATCH = 100
/** Batches that are kept open at once. */
const OPEN = 100
const CONCURRENT = 2

interface Question {
  readonly endEntity: Uint8Array
  readonly answer: (verdict: OpensslVerdict) => void
}

/** The version, or undefined where there is no openssl. */
export function opensslVersion(): string | undefined {
  const { error, stdout } = spawnSync('openssl', ['version'], { encoding: 'utf8' })
  return error === undefined ? stdout.trim() : undefined
}

/**
 * Creates the judge.
 *
 * Not `-x509_strict`: that asks for what issuers have to write, such as key identifiers, and this library does not. any policy asked for, since otherwise
 * openssl does not look at policies.
 */
export function createOpenssl({ at, anchors }: World): Openssl {
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-fuzz-'))
  const anchorsFile = join(folder, 'anchors.pem')
  writeFileSync(anchorsFile, anchors.map(({ certificate }) => certificate.pem).join(''))
  const fixed = ['-attime', String(at.getTime() / 1000), '-purpose', 'sslclient', '-policy', '2.5.29.32.0']
  const only = ['-no-CApath', '-no-CAstore', '-CAfile', anchorsFile]

  const batches = new Map<string, Question[]>()
  const ready: { readonly others: string; readonly questions: readonly Question[] }[] = []
  const running = new Set<ChildProcess>()
  let [waiting, processes] = [0, 0]

  const close = (others: string): void => {
    const questions = batches.get(others)
    batches.delete(others)
    if (questions) ready.push({ others, questions })
    start()
  }

  function start(): void {
    if (running.size === CONCURRENT) return
    const next = ready.shift()
    if (!next) return
    const { others, questions } = next
    const id = processes++
    const nameOf = (index: number) => join(folder, `${id}-${index}.pem`)
    for (const [index, { endEntity }] of questions.entries())
      writeFileSync(nameOf(index), pemOf('CERTIFICATE', endEntity))
    const files = questions.map((_, index) => nameOf(index))
    const othersFile = join(folder, `${id}-others.pem`)
    writeFileSync(othersFile, others)
    const untrusted = others === '' ? [] : ['-untrusted', othersFile]
    const child = spawn('openssl', ['verify', ...fixed, ...only, ...untrusted, ...files], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(child)
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('latin1')
    })
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString('latin1')
    })
    child.on('close', () => {
      running.delete(child)
      for (const file of [...files, othersFile]) rmSync(file)
      waiting -= questions.length
      for (const [index, { answer }] of questions.entries()) answer(verdictIn(output, nameOf(index)))
      start()
    })
    start()
  }

  return {
    judge: (endEntity, others) =>
      new Promise((answer) => {
        const key = others.map((each) => pemOf('CERTIFICATE', each)).join('')
        const batch = batches.get(key) ?? []
        batch.push({ endEntity, answer })
        // Behind the others, so that those which are asked for most stay open and fill up.
        batches.delete(key)
        batches.set(key, batch)
        waiting++
        const [oldest] = batches.keys()
        if (batch.length === BATCH) close(key)
        else if (batches.size > OPEN && oldest !== undefined) close(oldest)
      }),
    waiting: () => waiting,
    flush: () => {
      for (const key of [...batches.keys()]) close(key)
    },
    processes: () => processes,
    close: () => {
      for (const child of running) child.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What openssl prints of one file: `FILE: OK`, or errors and then `error FILE: verification failed`. */
function verdictIn(output: string, file: string): OpensslVerdict {
  const lines = output.split('\n')
  if (lines.includes(`${file}: OK`)) return 'OK'
  const end = lines.indexOf(`error ${file}: verification failed`)
  const reasons = lines
    .slice(0, Math.max(end, 0))
    .filter((line) => line.startsWith('error ') || line.startsWith('CN') || line.startsWith('O'))
  const reason = reasons.findLast((line) => /^error \d+ at \d+ depth lookup/.test(line))
  return reason?.replace(/^error (\d+) at \d+ depth lookup: /, '$1 ') ?? COULD_NOT_BE_READ
}
