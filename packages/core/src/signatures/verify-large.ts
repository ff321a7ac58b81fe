/**
 * Signatures over megabytes, without stopping the event loop: a CRL of a million entries is 36 MB, and hashing it takes a tenth of a second.
 *
 * The asynchronous forms of `crypto.verify` and WebCrypto do not help: both copy the data on the main thread first (measured, 102 ms). So it is hashed in
 * slices, `createVerify().update()`, 0.7 ms for a megabyte. EdDSA and ML-DSA have no such form in Node, since they read what is signed
 * twice or hash it with the key; over a large list they are verified in a thread, on memory that is shared and not copied.
 */
import { createVerify, type KeyObject } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { inSlices, type Sliced } from '../slices.ts'
import type { VerifyParameters } from './algorithms.ts'
import { isSigned, type Signed, type Verification } from './verify-signature.ts'

/** From here on in slices: a quarter of a megabyte takes a quarter of a millisecond. */
export const LARGE_OCTETS = 262_144

/** Whether the signature holds, however much was signed. */
export async function isLargeSigned(signed: Signed, verification: Verification): Promise<boolean> {
  if (signed.tbs.length <= LARGE_OCTETS) return isSigned(signed, verification)
  const { hash, ...options } = verification.parameters
  if (hash === null) return verifyInThread(signed, verification)
  return inSlices(hashSlices(signed, verification.key, hash, options))
}

function* hashSlices(
  { tbs, signature }: Signed,
  key: KeyObject,
  hash: string,
  options: Omit<VerifyParameters, 'hash'>,
): Sliced<boolean> {
  const verifier = createVerify(hash)
  for (let at = 0; at < tbs.length; at += LARGE_OCTETS) {
    verifier.update(tbs.subarray(at, at + LARGE_OCTETS))
    yield
  }
  try {
    return verifier.verify({ key, ...options }, signature)
  } catch {
    return false // As in `isSigned`.
  }
}

/** What the thread runs. Text, so that it needs no file beside the bundle; it has the one task, and no input but public octets. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads')
const { createPublicKey, verify } = require('node:crypto')
const { shared, length, spki, signature } = workerData
let isSigned = false
try {
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  isSigned = verify(null, new Uint8Array(shared, 0, length), key, signature)
} catch {}
parentPort.postMessage(isSigned)
`

async function verifyInThread({ tbs, signature }: Signed, { key }: Verification): Promise<boolean> {
  const shared = await inSlices(sharedCopy(tbs))
  const spki = key.export({ format: 'der', type: 'spki' })
  const worker = new Worker(THREAD, { eval: true, workerData: { shared, length: tbs.length, spki, signature } })
  return new Promise((resolve) => {
    worker.once('message', (isSigned: unknown) => resolve(isSigned === true))
    worker.once('error', () => resolve(false))
    worker.once('exit', () => resolve(false))
  })
}

function* sharedCopy(octets: Uint8Array): Sliced<SharedArrayBuffer> {
  const shared = new SharedArrayBuffer(octets.length)
  const copy = new Uint8Array(shared)
  for (let at = 0; at < octets.length; at += LARGE_OCTETS) {
    copy.set(octets.subarray(at, at + LARGE_OCTETS), at)
    yield
  }
  return shared
}
