/** A format made of what an application says of its proxy. */
import type { CertificateDer } from '../encoding/certificate-der.ts'
import { ok, type Result } from '../result.ts'
import { CUSTOM_CODECS, CUSTOM_PROXY, type CustomEncoding } from './custom-encodings.ts'
import {
  checkLength,
  type ForwardedCertificates,
  type HeaderFormat,
  type HeaderTextFailure,
  lineOf,
  MAX_CERTIFICATE_CHARACTERS,
  MAX_CHAIN_CHARACTERS,
} from './header-format.ts'
import { joinLines, syntaxFailure } from './structured-field.ts'
import { encodeOpensslVerdict, type ProxyVerdict } from './verdict.ts'

/** Where the verdict is, and the words that it is said with. */
export interface CustomVerdict {
  readonly header: string
  readonly success: readonly string[]
  readonly none: readonly string[]
}

/** What an application says of its proxy, read and checked. Names in lower case, all different. */
export interface CustomSettings {
  readonly header: string
  readonly chainHeader: string | null
  readonly encoding: CustomEncoding
  readonly verify: CustomVerdict | null
  readonly absent: readonly string[]
}

/** Creates the format. Never fails: whoever read the settings did. */
export function createCustomFormat({ header, chainHeader, encoding, verify, absent }: CustomSettings): HeaderFormat {
  const codec = CUSTOM_CODECS[encoding]
  const isAbsent = (text: string): boolean => text === '' || absent.includes(text)

  const decide = (value: string): ProxyVerdict => {
    if (verify?.success.includes(value)) return { said: 'success' }
    return verify?.none.includes(value) ? { said: 'none' } : { said: 'failed', reason: 'unseen' }
  }

  const decode = (text: string, chain: string): Result<ForwardedCertificates, HeaderTextFailure> => {
    const endEntity = codec.decode(text, 'one', header)
    if (!endEntity.ok || chainHeader === null || isAbsent(chain)) return endEntity
    const issuers: Result<readonly CertificateDer[], HeaderTextFailure> = codec.decode(
      chain,
      'one-or-more',
      chainHeader,
    )
    return issuers.ok ? ok([endEntity.value[0], ...issuers.value]) : issuers
  }

  return Object.freeze<HeaderFormat>({
    proxy: CUSTOM_PROXY,
    certificateHeader: header,
    verdictHeader: verify?.header ?? null,
    // A verdict that was asked for and is not there may have been taken away by the client.
    withoutVerdict: verify === null ? 'believed' : 'contradiction',
    assertedHeaders: [header, chainHeader, verify?.header].filter((name) => typeof name === 'string'),
    listHeaders: new Set(chainHeader !== null && encoding === 'byte-sequence' ? [chainHeader] : []),
    missingCertificateHint: `Have the proxy send ${header} for each connection on which a client presented a certificate.`,
    read: (lines) => {
      const text = lineOf(lines, header) ?? ''
      const chain = chainHeader === null ? '' : joinLines(lines.get(chainHeader) ?? [])
      const tooLong = checkLength(text, MAX_CERTIFICATE_CHARACTERS) ?? checkLength(chain, MAX_CHAIN_CHARACTERS)
      if (tooLong) return tooLong
      const said = verify === null ? '' : (lineOf(lines, verify.header) ?? '')
      const verdict = said === '' ? null : ok(decide(said))
      if (!isAbsent(text)) {
        // No header holds a newline, so nothing else gives this text.
        return ok({ certificate: { text: `${chain}\n${text}`, decode: () => decode(text, chain) }, verdict })
      }
      if (chainHeader === null || isAbsent(chain)) return ok({ certificate: null, verdict })
      return syntaxFailure({ proxy: CUSTOM_PROXY, header: chainHeader }, 0, `it is there and ${header} is not`)
    },
    encode: (client) => {
      if (client === null) {
        const [none] = verify?.none ?? []
        return verify === null || none === undefined ? {} : { [verify.header]: none }
      }
      const [endEntity, ...issuers] = client.certificates
      const said = client.failedFor === null ? (verify?.success[0] ?? '') : encodeOpensslVerdict(client.failedFor)
      return {
        [header]: codec.encode([endEntity]),
        ...(chainHeader === null || issuers.length === 0 ? {} : { [chainHeader]: codec.encode(issuers) }),
        ...(verify === null ? {} : { [verify.header]: said }),
      }
    },
  })
}
