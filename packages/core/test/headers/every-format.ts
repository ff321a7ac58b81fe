/** Every way in which certificates stand in headers: each row of the registry, and each encoding of a proxy of one's own. */
import { createCustomFormat } from '../../src/headers/custom.ts'
import { CUSTOM_ENCODINGS } from '../../src/headers/custom-encodings.ts'
import type { HeaderFormat } from '../../src/headers/header-format.ts'
import { createFormat, PROXY_NAMES } from '../../src/headers/registry.ts'

const CUSTOM = CUSTOM_ENCODINGS.map((encoding): [string, HeaderFormat] => {
  const verify = { header: 'x-verified', success: ['yes'], none: ['no'] }
  const settings = { header: 'x-certificate', chainHeader: 'x-chain', encoding, verify, absent: ['(null)'] }
  return [`custom ${encoding}`, createCustomFormat(settings)]
})

export const EVERY_FORMAT: readonly (readonly [string, HeaderFormat])[] = [
  ...PROXY_NAMES.map((name) => [name, createFormat(name)] as const),
  ...CUSTOM,
]
