import { der, EXTENSIONS } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { behindField, membersOf, parsed, refusal, root, withField } from './minted.ts'

describe('the version', () => {
  const uniqueId = (number: 1 | 2) => der.implicitPrimitive(number, der.hex('00 aa bb'))
  const basic = { oid: EXTENSIONS.basicConstraints, value: der.sequence() }

  test.each([
    ['1 by being left out', root.issue({ version: 1 }), 1],
    ['2', root.issue({ version: 2 }), 2],
    ['3 without extensions', root.issue({ alterTbs: withField('extensions') }), 3],
    [
      '2 with unique identifiers',
      root.issue({ version: 2, alterTbs: behindField('subjectPublicKeyInfo', uniqueId(1), uniqueId(2)) }),
      2,
    ],
    ['3 with a unique identifier', root.issue({ alterTbs: behindField('subjectPublicKeyInfo', uniqueId(2)) }), 3],
  ])('is %s (RFC 5280 4.1.2.1)', (_, minted, version) => {
    expect(parsed(minted).version).toBe(version)
  })

  test.each([
    ['4, which does not exist', root.issue({ version: 4 }), 4, 'unknown'],
    [
      '1 written out, the DEFAULT that DER leaves out',
      root.issue({ version: 1, alterTbs: (tbs) => der.sequence(der.explicit(0, der.integer(0)), ...membersOf(tbs)) }),
      1,
      'v1 is never written out',
    ],
    ['1 with extensions', root.issue({ version: 1, extensions: [basic] }), 1, 'extensions need version 3'],
    ['2 with extensions', root.issue({ version: 2, extensions: [basic] }), 2, 'extensions need version 3'],
    [
      '1 with unique identifiers (RFC 5280 4.1.2.8)',
      root.issue({ version: 1, alterTbs: (tbs) => der.sequence(...membersOf(tbs), uniqueId(1)) }),
      1,
      'unique identifiers need version 2',
    ],
  ])('is refused as %s (RFC 5280 4.1.2.1)', (_, minted, version, reason) => {
    expect(refusal(minted)).toMatchObject({ code: 'ERR_X509_VERSION', version, reason })
  })

  test.each([
    ['negative', der.explicit(0, der.integer(-1)), 'version'],
    ['padded', der.explicit(0, der.integer(der.hex('00 02'))), 'version'],
    ['two numbers', der.explicit(0, der.integer(2), der.integer(2)), 'version'],
    ['of the implicit form', der.implicitPrimitive(0, der.hex('02')), 'serialNumber'],
    ['no number', der.explicit(0, der.nullValue()), 'version'],
  ])('is malformed when %s', (_, version, field) => {
    expect(refusal(root.issue({ alterTbs: withField('version', version) }))).toMatchObject({
      code: 'ERR_X509_MALFORMED',
      field,
    })
  })

  test.each([
    ['that is no BIT STRING', der.implicitPrimitive(1, new Uint8Array()), 'uniqueIdentifiers'],
    ['with unused bits set', der.implicitPrimitive(1, der.hex('01 01')), 'uniqueIdentifiers'],
    ['of the constructed form', der.explicit(1, der.bitString(new Uint8Array(2))), 'tbsCertificate'],
  ])('refuses a unique identifier %s (RFC 5280 4.1.2.8)', (_, id, field) => {
    const minted = root.issue({ alterTbs: behindField('subjectPublicKeyInfo', id) })
    expect(refusal(minted)).toMatchObject({ code: 'ERR_X509_MALFORMED', field })
  })

  test('refuses the unique identifiers the wrong way round', () => {
    const minted = root.issue({ alterTbs: behindField('subjectPublicKeyInfo', uniqueId(2), uniqueId(1)) })
    expect(refusal(minted)).toMatchObject({ code: 'ERR_X509_MALFORMED', field: 'tbsCertificate' })
  })
})
