import '@clientcert/testing/vitest'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { type ConfigurationCode, ConfigurationError, type CustomOptions, custom } from '../src/index.ts'
import { alice, authenticatorFor } from './behind-nginx.ts'
import { expectMistake, mistakeIn, type Row, trust } from './mistake-in.ts'
import { requestPlainly, serve } from './serving.ts'

// What is loaded here with parts replaced is not for the files that come after.
afterAll(() => void vi.resetModules())

const onlyFrom = { addresses: ['127.0.0.1'] }
const OPTIONS: CustomOptions = { header: 'x-cert', encoding: 'base64-der' }

/** The mistake of a description. JavaScript has no types to stop any of these. */
function mistakeOf(options: unknown): ConfigurationError {
  try {
    custom(options as CustomOptions)
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error(`accepted: ${JSON.stringify(options)}`)
}

const verify = { header: 'x-verify', success: 'OK' }

describe('custom()', () => {
  test.each<readonly [string, unknown, string, ConfigurationCode, string]>([
    ['nothing', undefined, 'custom', 'ERR_CONFIG_TYPE', '`header`'],
    ['a string', 'x-cert', 'custom', 'ERR_CONFIG_TYPE', '`encoding`'],
    ['no header', { encoding: 'pem' }, 'custom.header', 'ERR_CONFIG_MISSING', 'Name the header'],
    [
      'no encoding',
      { header: 'x' },
      'custom.encoding',
      'ERR_CONFIG_MISSING',
      '`percent-pem`, `pem`, `base64-der`, `base64-pem`, `byte-sequence`',
    ],
    ['an encoding of another case', { ...OPTIONS, encoding: 'PEM' }, 'custom.encoding', 'ERR_CONFIG_VALUE', '`pem`'],
    [
      'an option that is none',
      { ...OPTIONS, chainheader: 'x' },
      'custom.chainheader',
      'ERR_CONFIG_UNKNOWN_OPTION',
      '`chainHeader`',
    ],
    ['an option that is undefined', { ...OPTIONS, verify: undefined }, 'custom.verify', 'ERR_CONFIG_TYPE', 'undefined'],
    ['a header that is empty', { ...OPTIONS, header: '' }, 'custom.header', 'ERR_CONFIG_TYPE', ''],
    ['a header that is a list', { ...OPTIONS, header: ['x'] }, 'custom.header', 'ERR_CONFIG_TYPE', ''],
    ['a header with a space', { ...OPTIONS, header: 'x cert' }, 'custom.header', 'ERR_CONFIG_VALUE', 'hyphens'],
    [
      'the header Authorization',
      { ...OPTIONS, header: 'Authorization' },
      'custom.header',
      'ERR_CONFIG_VALUE',
      'hyphens',
    ],
    [
      'the header __proto__ (CVE-2026-21710)',
      { ...OPTIONS, header: '__proto__' },
      'custom.header',
      'ERR_CONFIG_VALUE',
      '',
    ],
    ['the chain in Host', { ...OPTIONS, chainHeader: 'host' }, 'custom.chainHeader', 'ERR_CONFIG_VALUE', ''],
    ['one header for both', { ...OPTIONS, chainHeader: 'X-Cert' }, 'custom.header', 'ERR_CONFIG_VALUE', 'resembles'],
    [
      'a chain that looks alike',
      { ...OPTIONS, chainHeader: 'x_cert' },
      'custom.header',
      'ERR_CONFIG_VALUE',
      'of its own',
    ],
    [
      'a verdict that looks alike',
      { ...OPTIONS, verify: { ...verify, header: 'x.cert' } },
      'custom.header',
      'ERR_CONFIG_VALUE',
      '`verify.header`',
    ],
    [
      'a verdict in Cookie',
      { ...OPTIONS, verify: { ...verify, header: 'cookie' } },
      'custom.verify.header',
      'ERR_CONFIG_VALUE',
      '',
    ],
    [
      'a verdict that is a header alone',
      { ...OPTIONS, verify: 'x-verify' },
      'custom.verify',
      'ERR_CONFIG_TYPE',
      '`success`',
    ],
    [
      'a verdict without its header',
      { ...OPTIONS, verify: { success: '0' } },
      'custom.verify.header',
      'ERR_CONFIG_MISSING',
      '',
    ],
    [
      'a verdict without success',
      { ...OPTIONS, verify: { header: 'x' } },
      'custom.verify.success',
      'ERR_CONFIG_MISSING',
      '',
    ],
    [
      'success that is a number',
      { ...OPTIONS, verify: { header: 'x', success: 0 } },
      'custom.verify.success',
      'ERR_CONFIG_TYPE',
      '',
    ],
    [
      'success that is empty',
      { ...OPTIONS, verify: { header: 'x', success: '' } },
      'custom.verify.success',
      'ERR_CONFIG_TYPE',
      '',
    ],
    [
      'success that is no word',
      { ...OPTIONS, verify: { header: 'x', success: [] } },
      'custom.verify.success',
      'ERR_CONFIG_TYPE',
      '',
    ],
    [
      'success with an empty word',
      { ...OPTIONS, verify: { header: 'x', success: ['OK', ''] } },
      'custom.verify.success[1]',
      'ERR_CONFIG_TYPE',
      '',
    ],
    [
      'success that is a pattern',
      { ...OPTIONS, verify: { header: 'x', success: /OK/ } },
      'custom.verify.success',
      'ERR_CONFIG_TYPE',
      '',
    ],
    [
      'one word for success and for none',
      { ...OPTIONS, verify: { header: 'x', success: ['0', '1'], none: '1' } },
      'custom.verify.none',
      'ERR_CONFIG_VALUE',
      'one meaning',
    ],
    [
      'a verdict with another option',
      { ...OPTIONS, verify: { ...verify, failed: 'x' } },
      'custom.verify.failed',
      'ERR_CONFIG_UNKNOWN_OPTION',
      '',
    ],
    ...[' (null) ', '(null)\t', '(null)\n', '\u0000', '\u2013'].map(
      (text) =>
        [
          `absent that no header can carry: ${JSON.stringify(text)}`,
          { ...OPTIONS, absent: ['-', text] },
          'custom.absent[1]',
          'ERR_CONFIG_VALUE',
          'as it arrives',
        ] as const,
    ),
    [
      'success that no header can carry',
      { ...OPTIONS, verify: { header: 'x', success: ' OK ' } },
      'custom.verify.success',
      'ERR_CONFIG_VALUE',
      'as it arrives',
    ],
    [
      'none that no header can carry',
      { ...OPTIONS, verify: { header: 'x', success: 'OK', none: ['NONE', 'NONE '] } },
      'custom.verify.none[1]',
      'ERR_CONFIG_VALUE',
      'as it arrives',
    ],
    ['absent that is a string', { ...OPTIONS, absent: '-' }, 'custom.absent', 'ERR_CONFIG_TYPE', "['(null)']"],
    ['absent that is empty', { ...OPTIONS, absent: [] }, 'custom.absent', 'ERR_CONFIG_TYPE', "['(null)']"],
    [
      'absent with an empty text, which is absent anyway',
      { ...OPTIONS, absent: ['-', ''] },
      'custom.absent[1]',
      'ERR_CONFIG_TYPE',
      '',
    ],
  ])('refuses %s', (_, options, option, code, says) => {
    const mistake = mistakeOf(options)
    expect({ code: mistake.code, option: mistake.option }).toEqual({ code, option })
    expect(mistake.message).toContain(says)
  })

  test('returns something frozen that tells nothing', () => {
    const proxy = custom({ ...OPTIONS, chainHeader: 'x-chain', verify: { ...verify, none: ['NONE'] }, absent: ['-'] })
    expect(Object.isFrozen(proxy)).toBe(true)
    expect(JSON.stringify(proxy)).toBe('{}')
    expect(() => new (proxy.constructor as new (key: symbol) => unknown)(Symbol('CustomProxy'))).toThrow('custom()')
  })
})

describe('from.proxy', () => {
  const from = (proxy: unknown, more: object = {}) => ({ trust, from: { proxy, onlyFrom, ...more } })

  const REFUSED: readonly Row[] = [
    ['the options themselves', from(OPTIONS), 'from.proxy', 'ERR_CONFIG_VALUE', 'custom('],
    ['null', from(null), 'from.proxy', 'ERR_CONFIG_VALUE', 'name of a proxy'],
    [
      'a look-alike of what custom() makes',
      from(Object.create(Object.getPrototypeOf(custom(OPTIONS)) as object)),
      'from.proxy',
      'ERR_CONFIG_FOREIGN_COPY',
    ],
    ['custom()', from(custom), 'from.proxy', 'ERR_CONFIG_VALUE', 'custom({ header, encoding })'],
    [
      'names beside custom()',
      from(custom(OPTIONS), { headers: { certificate: 'x' } }),
      'from.headers',
      'ERR_CONFIG_VALUE',
      'Leave it out',
    ],
    [
      'hops beside custom()',
      from(custom(OPTIONS), { trustedHops: 1 }),
      'from.trustedHops',
      'ERR_CONFIG_VALUE',
      'Leave it out',
    ],
    [
      'must-succeed without a verdict',
      from(custom(OPTIONS), { onProxyVerdict: 'must-succeed' }),
      'from.onProxyVerdict',
      'ERR_CONFIG_VALUE',
      'custom states no verdict',
    ],
    [
      'the secret in one of its headers',
      from(custom(OPTIONS), { onlyFrom: { secretHeader: { name: 'x-cert', value: '0123456789abcdef' } } }),
      'from.onlyFrom.secretHeader.name',
      'ERR_CONFIG_VALUE',
    ],
  ]
  test.each(REFUSED.map((row) => [row[0], row] as const))('refuses %s', (_, row) => {
    expectMistake(row)
  })

  test.each([0, 17, 1.5])('refuses %d trusted hops of Envoy, and takes 1 and 16', (trustedHops) => {
    const envoy = (hops: number) => ({ proxy: 'envoy', onlyFrom, trustedHops: hops }) as const
    expect(mistakeIn({ trust, from: envoy(trustedHops) })).toMatchObject({
      code: 'ERR_CONFIG_RANGE',
      option: 'from.trustedHops',
    })
    for (const hops of [1, 16]) expect(() => authenticatorFor({ from: envoy(hops) })).not.toThrow()
  })

  test('refuses what custom() of another copy made', async () => {
    vi.resetModules()
    const copy = await import('../src/index.ts')
    expect(mistakeIn(from(copy.custom(OPTIONS)))).toMatchObject({
      code: 'ERR_CONFIG_FOREIGN_COPY',
      option: 'from.proxy',
    })
  })

  test.each(['(null)', 'not there', 'n\u00e9ant'])('takes %j for what stands for nothing', (text) => {
    expect(() => custom({ ...OPTIONS, absent: [text], verify: { header: 'x', success: text } })).not.toThrow()
  })

  test('takes what custom() returns, and decides as behind any other proxy', async () => {
    const proxy = custom({ ...OPTIONS, verify: { header: 'X-Verify', success: '0', none: 'NONE' }, absent: ['-'] })
    const { port, last } = await serve('http', authenticatorFor({ from: { proxy, onlyFrom }, mode: 'optional' }))
    const own = Buffer.from(alice.certificate.der).toString('base64')
    const ask = async (...lines: readonly (readonly [string, string])[]) => {
      await requestPlainly({ port }, lines)
      expect(last().headers).not.toHaveProperty('x-cert')
      expect(last().headers).not.toHaveProperty('x-verify')
      return last().decision
    }
    expect(await ask(['X-Cert', own], ['X-Verify', '0'])).toBeAccepted()
    expect((await ask(['X-Cert', '-'], ['X-Verify', 'NONE'])).outcome).toBe('anonymous')
    expect((await ask()).outcome).toBe('anonymous')
    expect(await ask(['X-Cert', own], ['X-Verify', '1'])).toBeRejectedWith('ERR_EVIDENCE_VERDICT')
    expect(await ask(['X-Cert', own], ['X-Verify', 'NONE'])).toBeRejectedWith('ERR_EVIDENCE_CONTRADICTION')
    expect(await ask(['X-Cert', own])).toBeRejectedWith('ERR_EVIDENCE_CONTRADICTION')
    expect(await ask(['X-Cert', '-'], ['X-Verify', '0'])).toBeRejectedWith('ERR_EVIDENCE_CONTRADICTION')
    expect(await ask(['X_Cert', own])).toBeRejectedWith('ERR_EVIDENCE_LOOKALIKE_HEADER')
    expect(await ask(['X-Cert', own], ['X-Cert', own])).toBeRejectedWith('ERR_EVIDENCE_DUPLICATE_HEADER')
  })
})
