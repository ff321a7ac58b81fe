import { ConfigurationError } from '../configuration-error.ts'
import { latin1 } from '../encoding/oid.ts'
import type { Refreshable } from '../sources/refresher.ts'
import { type Certificate, parseCertificate } from '../x509/certificate.ts'
import { isSelfSigned } from './self-signed.ts'
import type { TrustAnchor } from './snapshot.ts'
import type { TrustMaterial, TrustSource } from './source.ts'

/** What one source holds, parsed and told apart. */
export interface LoadedSource {
  readonly anchors: readonly TrustAnchor[]
  readonly intermediates: readonly Certificate[]
}

/**
 * Parses what a source loaded and tells anchors from intermediates.
 *
 * @throws {ConfigurationError} `ERR_CONFIG_TRUST_MALFORMED`, `ERR_CONFIG_NO_ANCHOR`.
 */
export function sortMaterial(source: TrustSource, material: unknown): LoadedSource {
  const anchors: TrustAnchor[] = []
  const intermediates: Certificate[] = []
  if (!isMaterial(material)) {
    const fix = 'A source returns an array of { der: Uint8Array, origin: string }.'
    throw new ConfigurationError('ERR_CONFIG_TRUST_MALFORMED', 'trust', `${source.name} returned no DER`, fix)
  }
  for (const { der, origin } of material) {
    const parsed = parseCertificate(der)
    if (!parsed.ok) {
      const { message, hint } = parsed.failure
      throw new ConfigurationError('ERR_CONFIG_TRUST_MALFORMED', 'trust', `${origin}: ${message}`, hint)
    }
    const certificate = parsed.value
    const isAnchor = source.anchors === 'all' || isSelfSigned(certificate)
    if (isAnchor) anchors.push(Object.freeze({ certificate, id: source.id ?? null, origin }))
    else intermediates.push(certificate)
  }
  if (anchors.length === 0) {
    throw new ConfigurationError(
      'ERR_CONFIG_NO_ANCHOR',
      'trust',
      `${source.name} holds ${intermediates.length} certificates, none of them self-signed, hence no trust anchor`,
      'Add the root to it, or set `partialChain: true` on it to trust its intermediates by themselves.',
    )
  }
  return { anchors, intermediates }
}

/** A trust source as something to be loaded again and again, parsed each time. */
export const refreshableTrust = (source: TrustSource): Refreshable<LoadedSource> => ({
  name: source.name,
  load: () => {
    const material = source.load()
    const isPending = typeof material === 'object' && material !== null && 'then' in material
    return isPending ? material.then((each) => sortMaterial(source, each)) : sortMaterial(source, material)
  },
  watch: source.watch && ((changed) => source.watch?.(changed) ?? (() => {})),
  isSame: isSameContent,
})

function isSameContent(a: LoadedSource, b: LoadedSource): boolean {
  const [before, after] = [contentOf(a), contentOf(b)]
  return before.length === after.length && before.every((der, index) => der === after[index])
}

const contentOf = ({ anchors, intermediates }: LoadedSource): readonly string[] =>
  [...anchors.map(({ certificate }) => certificate), ...intermediates].map(({ der }) => latin1(der))

/** Sources may be of the application's own. */
const isMaterial = (value: unknown): value is readonly TrustMaterial[] =>
  Array.isArray(value) &&
  value.every(
    (each: unknown) => typeof each === 'object' && each !== null && 'der' in each && each.der instanceof Uint8Array,
  )
