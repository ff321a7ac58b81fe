import { UsageError } from '../usage-error.ts'
import type { Part } from './part.ts'

/** Each with the goals that are its own. Loaded when asked for: the libraries that one compares with take longer to load than another to run. */
const PARTS: Readonly<Record<string, () => Promise<Part>>> = {
  path: async () => (await import('./parts/path/measure-path.ts')).measurePath,
  http: async () => (await import('./parts/http/measure-http.ts')).measureHttp,
  crl: async () => (await import('./parts/crl/measure-crl.ts')).measureCrl,
  ocsp: async () => (await import('./parts/ocsp/measure-ocsp.ts')).measureOcsp,
}

export const PART_NAMES = Object.keys(PARTS)

/** @throws {UsageError} For a name that is none. */
export async function loadPart(name: string): Promise<Part> {
  const [, load] = Object.entries(PARTS).find(([each]) => each === name) ?? []
  if (load) return load()
  throw new UsageError(`there is no part ${JSON.stringify(name)}; the parts are ${PART_NAMES.join(', ')}`)
}
