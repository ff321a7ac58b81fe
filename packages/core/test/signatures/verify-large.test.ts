import { sign } from 'node:crypto'
import {
  type Authority,
  broken,
  createAuthority,
  encodeCrlEntries,
  isKeyTypeAvailable,
  type KeyType,
  type MintedCrl,
  mintCrl,
  type SignatureInput,
} from '@clientcert/testing'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { isLargeSigned, LARGE_OCTETS } from '../../src/signatures/verify-large.ts'
import { prepare, type Verification } from '../../src/signatures/verify-signature.ts'
import type { Weakness } from '../../src/signatures/weakness.ts'
import { parsed } from '../x509/minted.ts'
import { listed } from '../x509/minted-crls.ts'

// What is loaded here with parts replaced is not for the files that come after.
afterAll(() => void vi.resetModules())

const EVERY_WEAKNESS: ReadonlySet<Weakness> = new Set(['DSA', 'SHA-1'])

/** A third of a megabyte, which is more than is verified in one go. */
const ENTRIES = encodeCrlEntries(
  Array.from({ length: 15_000 }, (_, index) => index),
  { revokedAt: new Date('2025-12-01T00:00:00Z') },
)

const largeCrl = (signer: Authority, signature?: SignatureInput): MintedCrl =>
  mintCrl(signer, { entries: [ENTRIES], ...(signature === undefined ? {} : { signature }) })

/** Whether the signature of a CRL holds under an authority's key; or why it cannot be asked. */
async function verdict(crl: MintedCrl, signer: Authority): Promise<boolean | string> {
  const list = listed(crl)
  expect(list.tbs.length).toBeGreaterThan(LARGE_OCTETS)
  const verification = prepare(list, () => null, { certificate: parsed(signer), position: 0 }, EVERY_WEAKNESS)
  return verification.ok ? isLargeSigned(list, verification.value) : verification.failure.code
}

const KINDS: readonly KeyType[] = ['p256', 'p384', 'p521', 'rsa2048', 'rsa-pss2048', 'dsa2048', 'ed25519', 'ed448']
const ML_DSA: readonly KeyType[] = ['ml-dsa-44', 'ml-dsa-65', 'ml-dsa-87']

describe('a signature over megabytes', () => {
  test.each([...KINDS, ...ML_DSA.filter(isKeyTypeAvailable)])(
    'of a key of the kind %s holds; altered, or under another key, it does not',
    async (key) => {
      const [signer, other] = [createAuthority({ key }), createAuthority({ key })]
      const crl = largeCrl(signer)
      expect(await verdict(crl, signer)).toBe(true)
      expect(await verdict(crl, other)).toBe(false)
      const altered = crl.der.slice()
      altered[200_000] = (altered[200_000] ?? 0) ^ 1
      expect(await verdict({ der: altered, pem: '' }, signer)).toBe(false)
      // The last bit of an RSA or EdDSA signature may be altered like any other; that of a DER SEQUENCE ends its last number.
      expect(await verdict(broken.forgedCrl(crl), signer)).toBe(false)
    },
  )

  test.each(['rsa-pkcs1-sha512', 'rsa-pss-sha384', 'rsa-pkcs1-sha1'] as const)('by %s holds', async (signature) => {
    const signer = createAuthority({ key: 'rsa2048' })
    expect(await verdict(largeCrl(signer, signature), signer)).toBe(true)
    expect(await verdict(broken.forgedCrl(largeCrl(signer, signature)), signer)).toBe(false)
  })

  test('that has no meaning under the key is wrong, and nothing is thrown', async () => {
    for (const key of ['p256', 'rsa2048', 'ed25519'] as const) {
      const signer = createAuthority({ key })
      const { tbs } = listed(largeCrl(signer))
      const verification = prepared(signer)
      for (const length of [0, 1, 64, 1_000]) {
        const signed = { ...listed(mintCrl(signer)), tbs, signature: new Uint8Array(length) }
        expect(await isLargeSigned(signed, verification)).toBe(false)
      }
    }
  })

  function prepared(signer: Authority): Verification {
    const list = listed(mintCrl(signer))
    const verification = prepare(list, () => null, { certificate: parsed(signer), position: 0 }, EVERY_WEAKNESS)
    if (!verification.ok) throw new Error(verification.failure.message)
    return verification.value
  }

  test.each(['p256', 'ed25519'] as const)('of %s: of a quarter of a megabyte, and of one octet more', async (key) => {
    const signer = createAuthority({ key })
    for (const length of [LARGE_OCTETS, LARGE_OCTETS + 1, 2 * LARGE_OCTETS]) {
      const tbs = new Uint8Array(length).fill(7)
      const signature = sign(key === 'p256' ? 'sha256' : null, tbs, signer.privateKey)
      const signed = { ...listed(mintCrl(signer)), tbs, signature }
      expect(await isLargeSigned(signed, prepared(signer))).toBe(true)
      expect(await isLargeSigned({ ...signed, tbs: tbs.with(length - 1, 8) }, prepared(signer))).toBe(false)
    }
  })

  test.each(['p256', 'rsa2048', 'ed25519'] as const)('of %s lets the event loop turn meanwhile', async (key) => {
    const signer = createAuthority({ key })
    const tbs = new Uint8Array(32 * 1024 * 1024)
    const signature = sign(key === 'ed25519' ? null : 'sha256', tbs, signer.privateKey)
    let turns = 0
    const count = () => {
      turns++
      timer = setImmediate(count)
    }
    let timer = setImmediate(count)
    expect(await isLargeSigned({ ...listed(mintCrl(signer)), tbs, signature }, prepared(signer))).toBe(true)
    clearImmediate(timer)
    expect(turns).toBeGreaterThan(1)
  })
})

describe('where no thread is to be had', () => {
  afterEach(() => vi.doUnmock('node:worker_threads'))

  test.each([
    [
      'because the system refuses one',
      class {
        constructor() {
          throw new Error('ERR_ACCESS_DENIED')
        }
      },
    ],
    [
      'because it dies',
      class {
        once(event: string, listener: (value: unknown) => void) {
          if (event === 'exit') setImmediate(listener, 1)
        }
      },
    ],
    [
      'because it runs out of memory',
      class {
        once(event: string, listener: (value: unknown) => void) {
          if (event === 'error') setImmediate(listener, new Error('ERR_WORKER_OUT_OF_MEMORY'))
        }
      },
    ],
  ])('%s, the verdict is the same', async (_, Worker) => {
    vi.resetModules()
    vi.doMock('node:worker_threads', () => ({ Worker }))
    const alone = await import('../../src/signatures/verify-large.ts')
    const signer = createAuthority({ key: 'ed25519' })
    for (const [crl, holds] of [
      [largeCrl(signer), true],
      [broken.forgedCrl(largeCrl(signer)), false],
    ] as const) {
      const list = listed(crl)
      const verification = prepare(list, () => null, { certificate: parsed(signer), position: 0 }, EVERY_WEAKNESS)
      if (!verification.ok) throw new Error(verification.failure.message)
      expect(await alone.isLargeSigned(list, verification.value)).toBe(holds)
    }
  })
})
