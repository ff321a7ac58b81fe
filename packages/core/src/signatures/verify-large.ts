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
const { shared, spki, signature } = workerData
const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
let isSigned = false
try {
  isSigned = verify(null, new Uint8Array(shared), key, signature)
} catch {}
parentPort.postMessage(isSigned)
`

/** Where no thread is to be had (the permission model, a limit of the system) or it dies, the verdict is found here: late, and never wrong. */
async function verifyInThread(signed: Signed, verification: Verification): Promise<boolean> {
  const spki = verification.key.export({ format: 'der', type: 'spki' })
  const verdict = await inTurn(async () => {
    const shared = await inSlices(sharedCopy(signed.tbs))
    // Of a copy: what is handed to a thread takes the whole of its buffer along, which here is the CRL (27 ms for 36 MB).
    return verdictOfThread({ shared, spki, signature: Uint8Array.from(signed.signature) })
  })
  return verdict ?? isSigned(signed, verification)
}

let before: Promise<unknown> = Promise.resolve()

/**
 * One thread at a time: starting one takes this one milliseconds and 6 MB, and an authority may publish as many lists as it likes. Measured, 32 at once
 * stopped the event loop for half a second.
 */
function inTurn<Outcome>(verify: () => Promise<Outcome>): Promise<Outcome> {
  const outcome = before.then(verify)
  before = outcome.catch(() => undefined)
  return outcome
}

function verdictOfThread(workerData: object): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    try {
      // Without the flags of this process: a loader or a test's set-up is nothing that a signature needs.
      const thread = new Worker(THREAD, { eval: true, workerData, execArgv: [], env: {} })
      thread.once('message', (isSigned: unknown) => resolve(isSigned === true))
      thread.once('error', () => resolve(undefined))
      thread.once('exit', () => resolve(undefined))
    } catch {
      resolve(undefined)
    }
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
