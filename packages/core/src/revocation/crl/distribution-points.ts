/** The CRLs to which a certificate points (RFC 5280 4.2.1.13 and 4.2.1.15): fetched, verified, kept. */
import { createHash } from 'node:crypto'
import { escapeHostile } from '../../encoding/escape.ts'
import { ok, refused } from '../../result.ts'
import { inSlices } from '../../slices.ts'
import type { Certificate } from '../../x509/certificate.ts'
import type { DistributionPoint } from '../../x509/distribution-point.ts'
import type { Answer } from '../answer.ts'
import type { Kept, Reading, Resource, Resources } from '../cache/resource.ts'
import type { Fetch } from '../fetch/fetched.ts'
import type { Issued } from '../known-revocations.ts'
import type { SignerVerdict } from './crl-question.ts'
import { type LoadedCrl, MAX_CRLS_OF_POINT, readCrls } from './loaded-crl.ts'

/** Locations asked for one certificate; real ones have one or two, and each may cost the whole time that is configured. */
const MAX_LOCATIONS = 8

export interface FollowOptions {
  readonly fetch: Fetch
  readonly resources: Resources
  readonly maxBytes: number
  /** Whether a CRL is signed by who may sign it for the certificate that is asked about. */
  readonly verifySigner: (crl: LoadedCrl, reading: Reading) => Promise<SignerVerdict>
  readonly skewMs: number
}

export interface Followed {
  readonly crls: readonly LoadedCrl[]
  /** Why a location gave none, or none that is newer. */
  readonly problems: readonly Answer[]
}

/**
 * Fetches the CRLs of a certificate's distribution points, then the deltas to them.
 *
 * The names of one point lead to the same list, so the next is asked where one fails; each point has a list of its own. `ldap:` is not spoken.
 *
 * @param issued - Of a verified path. What its points name is its issuer's choice, and untrusted as a place to connect to.
 */
export async function followDistributionPoints(
  { certificate, issuer }: Issued,
  options: FollowOptions,
): Promise<Followed> {
  const { cRLDistributionPoints, freshestCRL } = certificate.extensions
  const complete = await Promise.all(alternatives(cRLDistributionPoints).map((urls) => firstOf(urls, issuer, options)))
  const bases = complete.flatMap(({ crls }) => crls)
  const ofBases = bases.flatMap(({ list }) => alternatives(list.extensions.freshestCrl))
  const locations = bases.length === 0 ? [] : unique([...alternatives(freshestCRL), ...ofBases])
  const deltas = await Promise.all(locations.map((urls) => firstOf(urls, issuer, options)))
  return {
    crls: [...bases, ...deltas.flatMap(({ crls }) => crls)],
    problems: [...complete, ...deltas].flatMap(({ problems }) => problems),
  }
}

/** What is kept of the lists to which a certificate points, without fetching any. */
export function heldCrls({ certificate, issuer }: Issued, options: FollowOptions): readonly LoadedCrl[] {
  const points = [
    ...(certificate.extensions.cRLDistributionPoints ?? []),
    ...(certificate.extensions.freshestCRL ?? []),
  ]
  const urls = alternatives(points).flat().slice(0, MAX_LOCATIONS)
  return urls.flatMap((url) => options.resources.held(crlResource(url, issuer, options))?.content ?? [])
}

/** The locations of each point that has one. */
function alternatives(points: readonly DistributionPoint[] | null): readonly (readonly string[])[] {
  const all = (points ?? []).map(({ name }) =>
    name?.kind === 'full'
      ? name.names.flatMap((each) => (each.type === 'uri' && /^https?:/i.test(each.value) ? [each.value] : []))
      : [],
  )
  return all.filter((urls) => urls.length > 0).slice(0, MAX_LOCATIONS)
}

const unique = (locations: readonly (readonly string[])[]): readonly (readonly string[])[] =>
  [...new Map(locations.map((urls) => [urls.join(' '), urls])).values()].slice(0, MAX_LOCATIONS)

async function firstOf(urls: readonly string[], issuer: Certificate, options: FollowOptions): Promise<Followed> {
  const problems: Answer[] = []
  const stale: LoadedCrl[] = []
  for (const url of urls.slice(0, MAX_LOCATIONS)) {
    const { kept, problem } = await options.resources.obtain(crlResource(url, issuer, options))
    if (kept && !problem) return { crls: kept.content, problems: [] }
    if (kept) stale.push(...kept.content) // Still good for whom it revokes.
    if (problem) problems.push({ kind: 'none', source: { kind: 'crl', origin: escapeHostile(url) }, ...problem })
  }
  return { crls: stale, problems }
}

/** Of one issuer: what is kept for it was verified under its key, and says nothing for another that names the same place. */
function crlResource(url: string, issuer: Certificate, options: FollowOptions): Resource<readonly LoadedCrl[]> {
  const { fetch, maxBytes, verifySigner, skewMs } = options
  const name = escapeHostile(url)
  const key = `crl:${createHash('sha256').update(issuer.subject.der).update(issuer.publicKey.der).update(url).digest('hex')}`
  return {
    key,
    name,
    fetch: () => fetch({ url, accept: 'application/pkix-crl', maxBytes }),
    read: async (octets, _from, at) => {
      // Of the network no more are read; who writes to the shared store knows no such limit.
      if (octets.length > maxBytes) return refused({ because: 'too-large', detail: `more than ${maxBytes} bytes` })
      const crls = await inSlices(readCrls(octets, name, MAX_CRLS_OF_POINT))
      if (!crls.ok) return refused({ because: 'malformed', detail: crls.failure })
      for (const crl of crls.value) {
        const { thisUpdate } = crl.list
        if (thisUpdate > at + skewMs)
          return refused({ because: 'not-yet-valid', detail: `issued for ${new Date(thisUpdate).toISOString()}` })
        const signer = await verifySigner(crl, { key, at })
        if (!signer.ok) return refused({ because: signer.because, detail: signer.detail })
      }
      return ok(keptCrls(crls.value))
    },
  }
}

/** As old as its oldest list, and fresh until the first is out of date. */
const keptCrls = (crls: readonly LoadedCrl[]): Kept<readonly LoadedCrl[]> => ({
  content: crls,
  bytes: crls.reduce((sum, { list, index }) => sum + list.der.length + index.octets, 0),
  asOf: Math.min(...crls.map(({ list }) => list.thisUpdate)),
  freshUntil: Math.min(...crls.map(({ list }) => list.nextUpdate ?? list.thisUpdate)),
  mayRevoke: true,
})
