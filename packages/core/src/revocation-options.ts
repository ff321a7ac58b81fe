/** Reading the option `revocation`. */
import { readInteger, readObject, readWord } from './configuration.ts'
import { ConfigurationError, shown } from './configuration-error.ts'
import type { RevocationSettings } from './revocation/check-revocation.ts'
import { type CrlInput, type CrlSource, readCrlSources } from './revocation/crl/crl-sources.ts'
import { REVOCATION_MODES, type RevocationMode } from './revocation/judge.ts'

/** Whether and how revocation is checked. A mode other than `'skip'` needs somebody to ask. */
export interface RevocationOptions {
  /** Default {@link DEFAULT_REVOCATION_MODE}. */
  readonly mode?: RevocationMode
  /** Which certificates of a path are checked: `'chain'`, all but the anchor, or the `'leaf'` alone. Default `'chain'`. */
  readonly depth?: 'chain' | 'leaf'
  /** CRLs at hand. */
  readonly crls?: CrlInput | readonly CrlInput[]
  /** How far clocks may be apart, in seconds, 0 to 3600. Default {@link DEFAULT_CLOCK_SKEW_SECONDS}. */
  readonly clockSkewSeconds?: number
}

export type Revocation = 'skip' | RevocationOptions

export interface ResolvedRevocation {
  readonly settings: RevocationSettings
  readonly crls: readonly CrlSource[]
}

/** What a source is configured for is to be used: who is revoked is refused. `'strict'` is for those whose sources never fail. */
export const DEFAULT_REVOCATION_MODE: RevocationMode = 'ignore-ca-error'

/** As Kerberos and most of the field have it rounded down: a minute covers machines that keep time. */
export const DEFAULT_CLOCK_SKEW_SECONDS = 60

export const NO_REVOCATION: ResolvedRevocation = {
  settings: { mode: 'skip', depth: 'chain', skewMs: 0 },
  crls: [],
}

/** @throws {ConfigurationError} */
export function readRevocation(value: unknown): ResolvedRevocation {
  if (value === 'skip') return NO_REVOCATION
  if (typeof value === 'string') {
    const isMode = REVOCATION_MODES.some((mode) => mode === value)
    const fix = "Use 'skip', or say whom to ask: { mode: 'strict', crls: { file: PATH } }."
    const problem = isMode ? `${shown(value)} names nobody to ask` : `is ${shown(value)}`
    throw new ConfigurationError(isMode ? 'ERR_CONFIG_MISSING' : 'ERR_CONFIG_VALUE', 'revocation', problem, fix)
  }
  const given = readObject(value, 'revocation', ['mode', 'depth', 'crls', 'clockSkewSeconds'])
  const mode = 'mode' in given ? readWord(given.mode, 'revocation.mode', REVOCATION_MODES) : DEFAULT_REVOCATION_MODE
  const crls = 'crls' in given ? readCrlSources(given.crls, 'revocation.crls') : []
  if (mode !== 'skip' && crls.length === 0) {
    const fix = 'Add `crls`, or set `revocation: "skip"`.'
    throw new ConfigurationError('ERR_CONFIG_MISSING', 'revocation', `mode ${shown(mode)} has nobody to ask`, fix)
  }
  const depth = 'depth' in given ? readWord(given.depth, 'revocation.depth', ['chain', 'leaf']) : 'chain'
  const skew =
    'clockSkewSeconds' in given
      ? readInteger(given.clockSkewSeconds, 'revocation.clockSkewSeconds', 0, 3_600)
      : DEFAULT_CLOCK_SKEW_SECONDS
  return Object.freeze({ settings: Object.freeze({ mode, depth, skewMs: skew * 1_000 }), crls })
}
