/** Reading the option `revocation`. */
import { list, readArray, readInteger, readObject, readString, readWord } from './configuration.ts'
import { ConfigurationError, shown } from './configuration-error.ts'
import {
  type CacheOptions,
  NO_CACHE_OPTIONS,
  type ResolvedCache,
  readCacheOptions,
} from './revocation/cache/cache-options.ts'
import { POINTERS, type Pointer, type RevocationSettings } from './revocation/context.ts'
import { type CrlInput, type CrlSources, type CrlUrl, readCrlSources } from './revocation/crl/crl-sources.ts'
import { type FetchOptions, type ResolvedFetch, readFetchOptions } from './revocation/fetch/fetch-options.ts'
import { hostOf } from './revocation/fetch/host-list.ts'
import { parseTarget } from './revocation/fetch/target.ts'
import { REVOCATION_MODES, type RevocationMode } from './revocation/judge.ts'

/** How responders are asked (RFC 6960). */
export interface OcspOptions {
  /** Asked in place of the responders that certificates name. Default: theirs. */
  readonly responder?: string
  /** Default `'post'`. `'get'` (RFC 5019) lets HTTP caches answer, and sends no nonce. */
  readonly method?: 'post' | 'get'
  /** Whether a nonce is sent (RFC 9654). Default `'send'`; responders that answer in advance leave it out of their answers, which is accepted. */
  readonly nonce?: 'send' | 'omit'
  /** The hash by which a certificate is named. Default `'sha1'`, which is no signature and the one that every responder knows. */
  readonly certId?: 'sha1' | 'sha256'
}

/** Whether and how revocation is checked. A mode other than `'skip'` needs somebody to ask: `crls`, `follow`, or both. */
export interface RevocationOptions {
  /**
   * `'skip'`: nobody is asked. `'ignore-ca-error'`, the default: who is revoked is refused, and no answer is let pass, with a warning. `'strict'`: who is not
   * known to be good is refused.
   */
  readonly mode?: RevocationMode
  /** Which certificates of a path are checked: `'chain'`, all but the anchor, or the `'leaf'` alone. Default `'chain'`. */
  readonly depth?: 'chain' | 'leaf'
  /** CRLs at hand. Always asked first. Default: none. What cannot be read throws `ERR_CONFIG_CRL_UNREADABLE` or `ERR_CONFIG_CRL_MALFORMED`. */
  readonly crls?: CrlInput | readonly CrlInput[]
  /**
   * What of that which a certificate names is asked, and in which order: its responder (`'ocsp'`), its distribution points (`'crl'`). Default: nothing.
   * Only for certificates whose path is verified, and only at the hosts in `fetch.hosts`.
   */
  readonly follow?: readonly Pointer[]
  /** Whether the next of `follow` is asked where one gave no answer, or does not know the certificate. Default `'next-source'`. */
  readonly fallback?: 'next-source' | 'none'
  /** How responders are asked; only with `'ocsp'` in `follow`. Default: by POST, with a nonce, where the certificate says. */
  readonly ocsp?: OcspOptions
  /** Where to, and how far, anything is fetched. `follow` needs `fetch.hosts`, but for `'ocsp'` with a `responder`. Default: nowhere. */
  readonly fetch?: FetchOptions
  /** How long what was fetched is relied on before newer data is looked for, in seconds, 1 to 604,800. Default 300. */
  readonly refreshSeconds?: number
  /** What was fetched is kept here, and in a store that a fleet shares. Default: 64 MiB of memory, and no store. */
  readonly cache?: CacheOptions
  /** How far clocks may be apart, in seconds, 0 to 3600. Default 60. */
  readonly clockSkewSeconds?: number
}

export type Revocation = 'skip' | RevocationOptions

export interface ResolvedRevocation {
  readonly settings: RevocationSettings
  readonly crls: CrlSources
  /** Null where nothing is fetched. */
  readonly fetch: ResolvedFetch | null
  readonly cache: ResolvedCache
}

/** What a source is configured for is to be used: who is revoked is refused. `'strict'` is for those whose sources never fail. */
export const DEFAULT_REVOCATION_MODE: RevocationMode = 'ignore-ca-error'

/** As Kerberos and most of the field have it rounded down: a minute covers machines that keep time. */
export const DEFAULT_CLOCK_SKEW_SECONDS = 60

/** A responder may say *good* for a week in advance; a client that was revoked meanwhile should not work on for so long. Kong asks every minute. */
export const DEFAULT_REFRESH_SECONDS = 300

type OcspSettings = RevocationSettings['ocsp']

const DEFAULT_OCSP: OcspSettings = { method: 'post', nonce: 'send', certId: 'sha1' }

const NO_SOURCES: CrlSources = { local: [], urls: [] }

export const NO_REVOCATION: ResolvedRevocation = {
  settings: {
    mode: 'skip',
    depth: 'chain',
    skewMs: 0,
    follow: [],
    fallback: 'none',
    ocsp: DEFAULT_OCSP,
    responder: null,
    timeoutMs: 0,
    maxCrlBytes: 0,
    maxOcspBytes: 0,
    refreshMs: 0,
  },
  crls: NO_SOURCES,
  fetch: null,
  cache: NO_CACHE_OPTIONS,
}

const NAMES = [
  'mode',
  'depth',
  'crls',
  'follow',
  'fallback',
  'ocsp',
  'fetch',
  'refreshSeconds',
  'cache',
  'clockSkewSeconds',
] as const

/** @throws {ConfigurationError} */
export function readRevocation(value: unknown): ResolvedRevocation {
  if (value === 'skip') return NO_REVOCATION
  if (typeof value === 'string') {
    const isMode = REVOCATION_MODES.some((mode) => mode === value)
    const fix = "Use 'skip', or say whom to ask: { mode: 'strict', crls: { file: PATH } }."
    const problem = isMode ? `${shown(value)} names nobody to ask` : `is ${shown(value)}`
    throw new ConfigurationError(isMode ? 'ERR_CONFIG_MISSING' : 'ERR_CONFIG_VALUE', 'revocation', problem, fix)
  }
  const given = readObject(value, 'revocation', NAMES)
  const mode = 'mode' in given ? readWord(given.mode, 'revocation.mode', REVOCATION_MODES) : DEFAULT_REVOCATION_MODE
  const follow = 'follow' in given ? readFollow(given.follow) : []
  const { responder, ...ocsp } = readOcsp(given, follow)
  const crls = 'crls' in given ? readCrlSources(given.crls, 'revocation.crls') : NO_SOURCES
  const fetch = readFetching(given, follow, crls.urls, responder)
  const refreshMs = 1_000 * readSeconds(given, 'refreshSeconds', 1, 604_800, DEFAULT_REFRESH_SECONDS)
  if (mode !== 'skip' && crls.local.length + crls.urls.length + follow.length === 0) {
    const fix = 'Add `crls` or `follow`, or set `revocation: "skip"`.'
    throw new ConfigurationError('ERR_CONFIG_MISSING', 'revocation', `mode ${shown(mode)} has nobody to ask`, fix)
  }
  const depth = 'depth' in given ? readWord(given.depth, 'revocation.depth', ['chain', 'leaf']) : 'chain'
  const fallback =
    'fallback' in given ? readWord(given.fallback, 'revocation.fallback', ['next-source', 'none']) : 'next-source'
  const skew = readSeconds(given, 'clockSkewSeconds', 0, 3_600, DEFAULT_CLOCK_SKEW_SECONDS)
  const settings: RevocationSettings = {
    mode,
    depth,
    skewMs: skew * 1_000,
    follow,
    fallback,
    ocsp,
    responder,
    timeoutMs: fetch?.settings.timeoutMs ?? 0,
    maxCrlBytes: fetch?.maxCrlBytes ?? 0,
    maxOcspBytes: fetch?.maxOcspBytes ?? 0,
    refreshMs,
  }
  const cache = 'cache' in given ? readCacheOptions(given.cache, 'revocation.cache') : NO_CACHE_OPTIONS
  if (follow.includes('crl') && cache.maxBytes < 2 * settings.maxCrlBytes) {
    const fix = 'A list and its index have to fit in: give it twice `revocation.fetch.maxCrlBytes`, or lower that.'
    throw new ConfigurationError('ERR_CONFIG_RANGE', 'revocation.cache.maxBytes', `is ${cache.maxBytes}`, fix)
  }
  return Object.freeze({ settings: Object.freeze(settings), crls, fetch, cache })
}

type GivenRevocation = { readonly [Name in (typeof NAMES)[number]]?: unknown }

function readSeconds(
  given: GivenRevocation,
  name: 'refreshSeconds' | 'clockSkewSeconds',
  minimum: number,
  maximum: number,
  otherwise: number,
): number {
  return name in given ? readInteger(given[name], `revocation.${name}`, minimum, maximum) : otherwise
}

function readFollow(value: unknown): readonly Pointer[] {
  const follow = readArray(value, 'revocation.follow').map((each, index) =>
    readWord(each, `revocation.follow[${index}]`, POINTERS),
  )
  const twice = follow.findIndex((each, index) => follow.indexOf(each) !== index)
  if (twice === -1) return Object.freeze(follow)
  const at = `revocation.follow[${twice}]`
  throw new ConfigurationError('ERR_CONFIG_VALUE', at, `names ${shown(follow[twice])} a second time`, 'Name each once.')
}

function readOcsp(
  { ocsp: value, ...given }: GivenRevocation,
  follow: readonly Pointer[],
): OcspSettings & { readonly responder: string | null } {
  if (value === undefined) return { ...DEFAULT_OCSP, responder: null }
  const option = 'revocation.ocsp'
  if (!follow.includes('ocsp')) {
    const fix = `Add 'ocsp' to \`revocation.follow\`${'follow' in given ? '' : ": ['ocsp']"}, or leave it out.`
    throw new ConfigurationError('ERR_CONFIG_VALUE', option, 'is for responders that are never asked', fix)
  }
  const ocsp = readObject(value, option, ['responder', 'method', 'nonce', 'certId'])
  const method = 'method' in ocsp ? readWord(ocsp.method, `${option}.method`, ['post', 'get']) : DEFAULT_OCSP.method
  const nonce = 'nonce' in ocsp ? readWord(ocsp.nonce, `${option}.nonce`, ['send', 'omit']) : DEFAULT_OCSP.nonce
  if (method === 'get' && ocsp.nonce === 'send') {
    const fix = "An answer that a cache keeps has no nonce (RFC 5019): leave it out, or use method 'post'."
    throw new ConfigurationError('ERR_CONFIG_VALUE', `${option}.nonce`, "is 'send' with method 'get'", fix)
  }
  return {
    method,
    nonce: method === 'get' ? 'omit' : nonce,
    certId: 'certId' in ocsp ? readWord(ocsp.certId, `${option}.certId`, ['sha1', 'sha256']) : DEFAULT_OCSP.certId,
    responder: 'responder' in ocsp ? readString(ocsp.responder, `${option}.responder`) : null,
  }
}

/** Whom the operator names by URL may be asked without being named again; whom certificates name, if `hosts` says so. */
function readFetching(
  given: GivenRevocation,
  follow: readonly Pointer[],
  urls: readonly CrlUrl[],
  responder: string | null,
): ResolvedFetch | null {
  const option = 'revocation.fetch'
  const named = [...urls, ...(responder === null ? [] : [{ url: responder, option: 'revocation.ocsp.responder' }])]
  if (named.length === 0 && follow.length === 0) {
    if (!('fetch' in given)) return null
    const fix = `Say what is fetched: \`revocation.follow\` with ${list(POINTERS)}, or a URL in \`revocation.crls\`.`
    throw new ConfigurationError('ERR_CONFIG_VALUE', option, 'is given, and nothing is ever fetched', fix)
  }
  const hosts = named.map(({ url, option: at }) => readHostOf(url, at))
  const isNamedOnly = !follow.includes('crl') && (responder !== null || !follow.includes('ocsp'))
  const fetch = readFetchOptions(given.fetch ?? {}, option, { hosts, areEnough: isNamedOnly })
  for (const { url, option: at } of named) checkReach(url, at, fetch)
  return fetch
}

/** What is never asked never answers, and `ignore-ca-error` would let everybody in for it. */
function checkReach(url: string, option: string, { settings }: ResolvedFetch): void {
  const target = parseTarget(url, settings)
  if (target.ok) return
  const fix = 'Allow its port by `revocation.fetch.ports` and its address by `revocation.fetch.addresses`.'
  throw new ConfigurationError('ERR_CONFIG_VALUE', option, `would never be asked: ${target.failure.detail}`, fix)
}

function readHostOf(url: string, option: string): string {
  // Before it is shown anywhere: a URL with userinfo in it is a password.
  if (/^[^/?#]*\/\/[^/?#]*@/.test(url)) {
    throw new ConfigurationError('ERR_CONFIG_VALUE', option, 'has userinfo in it', 'Leave it out: none is ever sent.')
  }
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed && (parsed.protocol === 'http:' || parsed.protocol === 'https:')) return hostOf(parsed)
  throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(url)}`, 'Give an http or https URL.')
}
