import { createAuthority, der, EXTENSIONS } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { parseCertificate } from '../../../src/x509/certificate.ts'
import { failureOf, unwrap } from '../../encoding/unwrap.ts'

const root = createAuthority()
const read = (value: Uint8Array) =>
  parseCertificate(
    root.issue({ extensions: [{ oid: EXTENSIONS.nameConstraints, critical: true, value }] }).certificate.der,
  )

const host = der.implicitPrimitive(2, Buffer.from('a.example'))
const subtree = der.sequence(host)

describe('the form of nameConstraints (RFC 5280 4.2.1.10)', () => {
  test('is permitted subtrees, excluded ones, or both', () => {
    const constraint = { type: 'dns', value: 'a.example' }
    const { extensions } = unwrap(read(der.sequence(der.explicit(0, subtree), der.explicit(1, subtree, subtree))))
    expect(extensions.nameConstraints).toEqual({ permitted: [constraint], excluded: [constraint, constraint] })
    expect(unwrap(read(der.sequence(der.explicit(1, subtree)))).extensions.nameConstraints).toEqual({
      permitted: null,
      excluded: [constraint],
    })
  })

  test.each([
    ['neither', der.sequence()],
    ['an empty list of permitted ones', der.sequence(der.explicit(0))],
    ['an empty list of excluded ones', der.sequence(der.explicit(0, subtree), der.explicit(1))],
    ['both in the wrong order', der.sequence(der.explicit(1, subtree), der.explicit(0, subtree))],
    ['a third list', der.sequence(der.explicit(0, subtree), der.explicit(2, subtree))],
    ['an empty subtree', der.sequence(der.explicit(0, der.sequence()))],
    [
      'a minimum, which DER leaves out at 0',
      der.sequence(der.explicit(0, der.sequence(host, der.implicitPrimitive(0, Uint8Array.of(0))))),
    ],
    ['a maximum', der.sequence(der.explicit(0, der.sequence(host, der.implicitPrimitive(1, Uint8Array.of(1)))))],
    ['a base that is no GeneralName', der.sequence(der.explicit(0, der.sequence(der.nullValue())))],
    [
      'letters beyond ASCII',
      der.sequence(der.explicit(0, der.sequence(der.implicitPrimitive(2, Buffer.from('\u00e9'))))),
    ],
    [
      'a directoryName with something behind it',
      der.sequence(der.explicit(0, der.sequence(der.explicit(4, der.sequence(), der.sequence())))),
    ],
    ['an EDI party without a name', der.sequence(der.explicit(0, der.sequence(der.explicit(5, der.sequence()))))],
    ['an other name without a type', der.sequence(der.explicit(0, der.sequence(der.explicit(0, der.nullValue()))))],
    ['no SEQUENCE', subtree.slice(2)],
    ['something behind it', der.concat(der.sequence(der.explicit(0, subtree)), der.nullValue())],
  ])('is refused with %s', (_, value) => {
    expect(failureOf(read(value))).toMatchObject({ code: 'ERR_X509_EXTENSION_MALFORMED', extension: 'nameConstraints' })
  })

  test('has 4,096 subtrees in each list at most', () => {
    const many = (count: number) => der.sequence(der.explicit(0, ...Array.from({ length: count }, () => subtree)))
    expect(unwrap(read(many(4_096))).extensions.nameConstraints?.permitted).toHaveLength(4_096)
    expect(failureOf(read(many(4_097)))).toMatchObject({ reason: 'more than 4096 subtrees' })
  })
})
