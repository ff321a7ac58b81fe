import { constants, createPublicKey, verify } from 'node:crypto'
import {
  type Authority,
  broken,
  createAuthority,
  der,
  pssParameters,
  rsaPss,
  type SignatureScheme,
  schemeOf,
} from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { readPssParameters } from '../../src/signatures/pss-parameters.ts'
import { derErrorOf } from '../encoding/unwrap.ts'
import { membersOf, parsed } from '../x509/minted.ts'
import { refusal, unsigned, verified } from './placed.ts'

const rsa = createAuthority({ key: 'rsa2048' })
const SHA256 = '2.16.840.1.101.3.4.2.1'
const MGF1 = '1.2.840.113549.1.1.8'

const identifier = (oid: string, ...parameters: readonly Uint8Array[]) => der.sequence(der.oid(oid), ...parameters)
const mgf1 = (hash: Uint8Array) => identifier(MGF1, hash)
const declaring = (...parameters: readonly Uint8Array[]) =>
  rsa.issue({ signature: { ...rsaPss(), identifier: identifier('1.2.840.113549.1.1.10', ...parameters) } })

/** What the runtime says to the same signature when nobody tells it the salt's length. */
function runtimeAccepts(leaf: Parameters<typeof parsed>[0], issuer: Authority): boolean {
  const { tbs, signature } = parsed(leaf)
  return verify('sha256', tbs, { key: issuer.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING }, signature)
}

describe('RSASSA-PSS', () => {
  test.each([
    ['sha256', 32],
    ['sha384', 48],
    ['sha512', 64],
    ['sha256', 0],
    ['sha256', 20],
    ['sha256', 222],
  ] as const)(
    'is verified with %s and a salt of %d octets, where both are declared (RFC 4055 3.1)',
    (hash, saltLength) => {
      expect(verified(rsa.issue({ signature: rsaPss({ hash, saltLength }) }), rsa).ok).toBe(true)
    },
  )

  test.each([
    [32, 31],
    [32, 33],
    [32, 0],
    [20, 32],
    [32, 223],
    [32, 990],
  ])('is refused when the salt has %d octets and the parameters say %d', (saltLength, declared) => {
    const parameters = pssParameters({ hash: 'sha256', mgf1Hash: 'sha256', saltLength: declared })
    const leaf = rsa.issue({ signature: rsaPss({ saltLength, parameters }) })
    expect(refusal(leaf, rsa).code).toBe('ERR_SIGNATURES_INVALID')
  })

  test('is refused without a salt length, which the runtime alone would guess (RFC 4055 3.1)', () => {
    const leaf = broken.pssWithoutSaltLength(rsa)
    expect(runtimeAccepts(leaf, rsa)).toBe(true)
    expect(refusal(leaf, rsa)).toMatchObject({
      code: 'ERR_SIGNATURES_PSS_SALT_LENGTH',
      reason: 'left out, which means 20 octets',
      certificate: { position: 0 },
    })
    // Also where the salt is as long as its absence says.
    const parameters = pssParameters({ hash: 'sha256', mgf1Hash: 'sha256' })
    expect(refusal(rsa.issue({ signature: rsaPss({ saltLength: 20, parameters }) }), rsa).code).toBe(
      'ERR_SIGNATURES_PSS_SALT_LENGTH',
    )
  })

  test('has a salt up to what the largest key leaves room for, and not past it (RFC 8017 9.1.1)', () => {
    const salt = (saltLength: number) => declaring(pssParameters({ hash: 'sha256', mgf1Hash: 'sha256', saltLength }))
    expect(refusal(salt(990), rsa).code).toBe('ERR_SIGNATURES_INVALID')
    expect(refusal(salt(991), rsa)).toMatchObject({ code: 'ERR_SIGNATURES_PSS_SALT_LENGTH' })
  })

  test('is refused with another hash in the mask, declared or done: the runtime knows one only', () => {
    const declared = broken.pssWithOtherMgf1Hash(rsa)
    expect(runtimeAccepts(declared, rsa)).toBe(true)
    const failure = {
      code: 'ERR_SIGNATURES_PSS_PARAMETERS',
      field: 'mask generation',
      reason: 'uses another hash than the digest',
    }
    expect(refusal(declared, rsa)).toMatchObject(failure)
    expect(refusal(broken.pssWithSha1Mask(rsa), rsa)).toMatchObject(failure)
    const undeclared = rsaPss({
      hash: 'sha256',
      mgf1Hash: 'sha512',
      saltLength: 32,
      parameters: pssParameters({ hash: 'sha256', mgf1Hash: 'sha256', saltLength: 32 }),
    })
    expect(refusal(rsa.issue({ signature: undeclared }), rsa).code).toBe('ERR_SIGNATURES_INVALID')
  })

  test.each([
    [
      'no hash, which means SHA-1',
      pssParameters({ mgf1Hash: 'sha256', saltLength: 32 }),
      'hash',
      'left out, which means SHA-1',
    ],
    [
      'SHA-1',
      pssParameters({ hash: 'sha1', mgf1Hash: 'sha1', saltLength: 20 }),
      'hash',
      '1.3.14.3.2.26 is not accepted',
    ],
    [
      'SHA-224',
      pssParameters({ hash: 'sha224', mgf1Hash: 'sha224', saltLength: 28 }),
      'hash',
      '2.16.840.1.101.3.4.2.4 is not accepted',
    ],
    [
      'MD5',
      pssParameters({ hash: 'md5', mgf1Hash: 'md5', saltLength: 16 }),
      'hash',
      '1.2.840.113549.2.5 is not accepted',
    ],
    ['nothing at all, which is SHA-1 throughout', pssParameters({}), 'hash', 'left out, which means SHA-1'],
    [
      'a hash with parameters',
      der.sequence(
        der.explicit(0, identifier(SHA256, der.sequence())),
        der.explicit(1, mgf1(identifier(SHA256))),
        der.explicit(2, der.integer(32)),
      ),
      'hash',
      'has parameters',
    ],
    [
      'no mask generation, which means SHA-1',
      pssParameters({ hash: 'sha256', saltLength: 32 }),
      'mask generation',
      'left out, which means MGF1 with SHA-1',
    ],
    [
      'a mask generation that is not MGF1',
      der.sequence(
        der.explicit(0, identifier(SHA256)),
        der.explicit(1, identifier('1.3.6.1.4.1.32473.1', identifier(SHA256))),
        der.explicit(2, der.integer(32)),
      ),
      'mask generation',
      'is not MGF1 with a hash',
    ],
    [
      'a mask generation without its hash',
      der.sequence(
        der.explicit(0, identifier(SHA256)),
        der.explicit(1, identifier(MGF1)),
        der.explicit(2, der.integer(32)),
      ),
      'mask generation',
      'is not MGF1 with a hash',
    ],
    [
      'a hash with parameters in the mask',
      der.sequence(
        der.explicit(0, identifier(SHA256)),
        der.explicit(1, mgf1(identifier(SHA256, der.sequence()))),
        der.explicit(2, der.integer(32)),
      ),
      'mask generation',
      'uses another hash than the digest',
    ],
    [
      'trailer 2',
      pssParameters({ hash: 'sha256', mgf1Hash: 'sha256', saltLength: 32, trailerField: 2 }),
      'trailer',
      'is not 0xBC',
    ],
    [
      'trailer 0',
      pssParameters({ hash: 'sha256', mgf1Hash: 'sha256', saltLength: 32, trailerField: 0 }),
      'trailer',
      'is not 0xBC',
    ],
  ])('is refused with %s (RFC 4055 3.1)', (_, parameters, field, reason) => {
    expect(refusal(declaring(parameters), rsa)).toMatchObject({ code: 'ERR_SIGNATURES_PSS_PARAMETERS', field, reason })
  })

  test.each([
    ['the trailer written out', pssParameters({ hash: 'sha256', mgf1Hash: 'sha256', saltLength: 32, trailerField: 1 })],
    [
      'hashes without NULL',
      der.sequence(
        der.explicit(0, identifier(SHA256)),
        der.explicit(1, mgf1(identifier(SHA256))),
        der.explicit(2, der.integer(32)),
      ),
    ],
    [
      'one hash with NULL and one without',
      der.sequence(
        der.explicit(0, identifier(SHA256, der.nullValue())),
        der.explicit(1, mgf1(identifier(SHA256))),
        der.explicit(2, der.integer(32)),
      ),
    ],
  ])('is accepted with %s, as readers have to (RFC 4055 2.1, 3.1)', (_, parameters) => {
    expect(verified(declaring(parameters), rsa).ok).toBe(true)
  })

  const good = membersOf(pssParameters({ hash: 'sha256', mgf1Hash: 'sha256', saltLength: 32, trailerField: 1 }))
  const [hash = new Uint8Array(), mask = new Uint8Array(), salt = new Uint8Array(), trailer = new Uint8Array()] = good
  test.each([
    ['NULL', der.nullValue()],
    ['an OCTET STRING', der.octetString(new Uint8Array(4))],
    ['fields in another order', der.sequence(mask, hash, salt)],
    ['a field twice', der.sequence(hash, mask, salt, salt)],
    ['a fifth field', der.sequence(hash, mask, salt, trailer, der.explicit(4, der.integer(1)))],
    ['something behind a field', der.sequence(hash, mask, der.explicit(2, der.integer(32), der.integer(32)))],
    ['a negative salt length', der.sequence(hash, mask, der.explicit(2, der.integer(-1)))],
    ['a salt length beyond 31 bits', der.sequence(hash, mask, der.explicit(2, der.integer(2n ** 31n)))],
    ['a padded salt length', der.sequence(hash, mask, der.explicit(2, der.integer(der.hex('00 20'))))],
    ['a salt length without its INTEGER', der.sequence(hash, mask, der.implicitPrimitive(2, der.hex('20')))],
    [
      'a mask whose hash is no identifier',
      der.sequence(hash, der.explicit(1, identifier(MGF1, der.nullValue())), salt),
    ],
  ])('is refused when its parameters are %s (RFC 4055 3.1)', (_, parameters) => {
    expect(refusal(declaring(parameters), rsa)).toMatchObject({
      code: 'ERR_SIGNATURES_PARAMETERS',
      algorithm: 'RSASSA-PSS',
    })
  })

  test('is refused without parameters, which only a key may lack (RFC 4055 3.1)', () => {
    expect(refusal(broken.pssWithoutParameters(rsa), rsa)).toMatchObject({
      code: 'ERR_SIGNATURES_PARAMETERS',
      reason: 'absent',
    })
  })

  test('has parameters with nothing behind them', () => {
    const parameters = pssParameters({ hash: 'sha256', mgf1Hash: 'sha256', saltLength: 32 })
    expect(readPssParameters(parameters)).toEqual({ ok: true, value: { hash: 'sha256', saltLength: 32 } })
    expect(derErrorOf(() => readPssParameters(der.concat(parameters, der.nullValue()))).reason).toBe('2 trailing bytes')
  })
})

describe('a key of id-RSASSA-PSS', () => {
  const open = createAuthority({ key: 'rsa-pss2048' })

  /** The same numbers with restrictions, which its owner did not keep to: the open key signs. */
  const withParameters = (authority: Authority, ...parameters: readonly Uint8Array[]) => {
    const [, bits = new Uint8Array()] = membersOf(parsed(authority).publicKey.der)
    return createAuthority({
      key: authority,
      subjectPublicKeyInfo: der.sequence(identifier('1.2.840.113549.1.1.10', ...parameters), bits),
    })
  }

  const forSha256 = withParameters(open, pssParameters({ hash: 'sha256', mgf1Hash: 'sha256', saltLength: 32 }))

  test('without parameters allows every hash and salt (RFC 4055 1.2)', () => {
    expect(parsed(open).publicKey.algorithm.parameters).toBeNull()
    for (const signature of [rsaPss(), rsaPss({ hash: 'sha512' }), rsaPss({ saltLength: 0 })]) {
      expect(verified(open.issue({ signature }), open).ok).toBe(true)
    }
  })

  test('with parameters allows their hash and at least their salt (RFC 4055 3.3)', () => {
    expect(parsed(forSha256).publicKey.algorithm.parameters).not.toBeNull()
    for (const saltLength of [32, 33, 64]) {
      expect(verified(open.issue({ signature: rsaPss({ saltLength }) }), forSha256).ok).toBe(true)
    }
    const forged = broken.forgedSignature(open.issue({ signature: rsaPss() }))
    expect(refusal(forged, forSha256).code).toBe('ERR_SIGNATURES_INVALID')
  })

  test.each([
    ['another hash', rsaPss({ hash: 'sha384' }), 'allows sha256 only, the signature uses sha384'],
    ['a shorter salt', rsaPss({ saltLength: 31 }), 'demands a salt of 32 octets at least, the signature has 31'],
    ['no salt', rsaPss({ saltLength: 0 }), 'demands a salt of 32 octets at least, the signature has 0'],
  ] as readonly (readonly [string, SignatureScheme, string])[])(
    'is refused with %s than its parameters allow (RFC 4055 3.3)',
    (_, signature, reason) => {
      const leaf = open.issue({ signature })
      expect(verified(leaf, open).ok).toBe(true)
      const narrowed = withParameters(open, pssParameters({ hash: 'sha256', mgf1Hash: 'sha256', saltLength: 32 }))
      expect(refusal(leaf, narrowed)).toMatchObject({
        code: 'ERR_SIGNATURES_PSS_PARAMETERS',
        field: 'key',
        reason,
        certificate: { position: 1 },
      })
    },
  )

  test.each([
    ['SHA-1 by being left out', pssParameters({}), 'hash left out, which means SHA-1'],
    ['SHA-1', pssParameters({ hash: 'sha1', mgf1Hash: 'sha1', saltLength: 20 }), 'hash 1.3.14.3.2.26 is not accepted'],
    [
      'another hash in the mask',
      pssParameters({ hash: 'sha256', mgf1Hash: 'sha1', saltLength: 32 }),
      'mask generation uses another hash than the digest',
    ],
    [
      'no salt length',
      pssParameters({ hash: 'sha256', mgf1Hash: 'sha256' }),
      'salt length left out, which means 20 octets',
    ],
    ['NULL', der.nullValue(), 'tag 0x05 where 0x30 was expected'],
  ])('is refused when it restricts itself to %s', (_, parameters, reason) => {
    const leaf = open.issue({ signature: rsaPss() })
    expect(refusal(leaf, withParameters(open, parameters))).toMatchObject({
      code: 'ERR_SIGNATURES_PSS_PARAMETERS',
      field: 'key',
      reason,
    })
  })

  test('is imported with its restrictions, which the runtime knows, too', () => {
    const spki = Buffer.from(parsed(forSha256).publicKey.der)
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
    expect(key.asymmetricKeyDetails).toMatchObject({
      hashAlgorithm: 'sha256',
      mgf1HashAlgorithm: 'sha256',
      saltLength: 32,
    })
  })

  test('is refused for what is not RSASSA-PSS', () => {
    const leaf = rsa.issue({ signature: unsigned(schemeOf('rsa-pkcs1-sha256').identifier) })
    expect(refusal(leaf, forSha256).code).toBe('ERR_SIGNATURES_KEY_MISMATCH')
  })
})
