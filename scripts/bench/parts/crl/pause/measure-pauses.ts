/**
 * Goal 11: the longest that loading a CRL of a million entries stops the event loop: reading, PEM, DER, the index, and the signature, which is verified for the
 * first client of its authority. Everything through the public API, in a process that does nothing else.
 */
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority, encodeCrlEntries, type KeyType, mintCrl } from '@clientcert/testing'
import type { PartOptions } from '../../../part.ts'
import { type Goal, goalOf, type Row } from '../../../report.ts'
import { medianOf } from '../../../rounds.ts'
import { createSerials, SIZES, type Size } from '../lists.ts'
import type { Reloaded, ReloadQuestion } from './reload.ts'

const KEYS: Readonly<Record<string, KeyType>> = { 'RSA-2048': 'rsa2048', 'P-256': 'p256', Ed25519: 'ed25519' }

const LIMIT_MS = 15
/** Each takes a second or two. */
const MOST_ROUNDS = 11

export async function measurePauses({
  rounds,
  tell,
}: PartOptions): Promise<{ readonly goal: Goal; readonly rows: readonly Row[] }> {
  const measured = new Map<string, readonly Reloaded[]>()
  const size: Size = rounds < 9 ? '100 k' : '1 M'
  for (const [name, key] of Object.entries(KEYS)) {
    tell(`${name}: ${size} entries take the place of as many, ${Math.min(rounds, MOST_ROUNDS)} times`)
    measured.set(name, await measureKey(key, SIZES[size], Math.min(rounds, MOST_ROUNDS)))
  }
  const each = [...measured].flatMap(([name, reloaded]) => [
    { name: `${name}, reload`, pauses: reloaded.map(({ reload }) => reload) },
    { name: `${name}, first decision`, pauses: reloaded.map(({ verify }) => verify) },
  ])
  const worst = Math.max(...each.flatMap(({ pauses }) => pauses.map(({ ms }) => ms)))
  const delayed = Math.max(...each.flatMap(({ pauses }) => pauses.map(({ histogramMs }) => histogramMs)))
  return {
    goal: goalOf(
      {
        id: 11,
        text: `a CRL of ${size} entries from PEM, signature included: the longest pause of the loop`,
        unit: 'ms',
      },
      each.map(({ name, pauses }) => ({
        name,
        bound: 'at most',
        limit: LIMIT_MS,
        value: medianOf(pauses.map(({ ms }) => ms)),
      })),
      [
        `the longest of all rounds: ${worst.toFixed(1)} ms; by monitorEventLoopDelay, with what other programs take: ${delayed.toFixed(1)} ms`,
      ],
    ),
    rows: each.map(({ name, pauses }) => ({
      name: `${size}, longest pause: ${name}`,
      median: medianOf(pauses.map(({ ms }) => ms)),
      unit: 'ms',
      ratio: null,
      note: `first ${pauses[0]?.ms.toFixed(1)}, worst ${Math.max(...pauses.map(({ ms }) => ms)).toFixed(1)}`,
    })),
  }
}

async function measureKey(key: KeyType, entries: number, rounds: number): Promise<readonly Reloaded[]> {
  const authority = createAuthority({ key, subject: { O: 'Bench', CN: 'Revoking CA' } })
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-bench-pause-'))
  const write = (name: string, pem: string): string => {
    writeFileSync(join(folder, name), pem)
    return join(folder, name)
  }
  try {
    const revoked = encodeCrlEntries(createSerials(entries), { revokedAt: authority.at })
    return await askProcess({
      trustPem: authority.certificate.pem,
      leafDer: authority.issue('alice').certificate.der,
      at: authority.at,
      file: join(folder, 'current.crl'),
      small: write('small.crl', mintCrl(authority).pem),
      large: [2, 3].map((number) => write(`${number}.crl`, mintCrl(authority, { entries: [revoked], number }).pem)),
      rounds,
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function askProcess(question: ReloadQuestion): Promise<readonly Reloaded[]> {
  const child = fork(join(import.meta.dirname, 'reload.ts'), { serialization: 'advanced' })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`the reloading ended with ${code}`)))
    child.on('message', (message: readonly Reloaded[] | { readonly error: string }) => {
      if ('error' in message) reject(new Error(message.error))
      else resolve(message)
    })
    child.send(question)
  })
}
