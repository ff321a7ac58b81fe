import { readFileSync, statSync } from 'node:fs'
import { type Found, MAX_MATERIAL_BYTES } from './found-material.ts'
import { materialError, reasonOf } from './material-error.ts'

/**
 * Reads one file of the material, at once: it is small, and its parts must be of one moment.
 *
 * @param what - For people, such as `the private key`.
 * @throws {MaterialError} `ERR_MATERIAL_MISSING`, also for what is no regular file (reading a pipe would wait for whoever writes), `ERR_MATERIAL_TOO_LARGE`.
 */
export function readFound(option: string, path: string, what: string, from: string = path): Found {
  let size: number
  try {
    const found = statSync(path)
    if (!found.isFile()) throw new Error('it is no regular file')
    size = found.size
    if (size <= MAX_MATERIAL_BYTES) return bounded({ option, from, bytes: readFileSync(path) })
  } catch (thrown) {
    throw materialError('ERR_MATERIAL_MISSING', { option, from, what, reason: reasonOf(thrown) }, thrown)
  }
  throw tooLarge(option, from, size)
}

/** Refuses more bytes than are looked at. */
export function bounded(found: Found): Found {
  if (found.bytes.length <= MAX_MATERIAL_BYTES) return found
  throw tooLarge(found.option, found.from, found.bytes.length)
}

const tooLarge = (option: string, from: string, present: number) =>
  materialError('ERR_MATERIAL_TOO_LARGE', { option, from, limit: MAX_MATERIAL_BYTES, present, unit: 'bytes' })

/** Whether a path leads to nothing. */
export const isAbsent = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR')
