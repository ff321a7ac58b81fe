/** Makers of the extensions that CRLs and their entries have (RFC 5280 sections 5.2 and 5.3). */
import * as der from '../der-pieces.ts'
import {
  type DistributionPointNameInput,
  encodePointName,
  encodeReasonFlags,
  type ReasonFlag,
} from '../distribution-points.ts'
import type { Criticality, Extension } from '../extensions.ts'
import { encodeGeneralNames } from '../general-names.ts'
import type { NameInput } from '../names.ts'
import { EXTENSIONS } from '../object-identifiers.ts'

/** cRLNumber (RFC 5280 section 5.2.3). */
export function crlNumber(number: number | bigint): Extension {
  return { oid: EXTENSIONS.crlNumber, value: der.integer(number) }
}

/** deltaCRLIndicator, critical unless said otherwise (RFC 5280 section 5.2.4). */
export function deltaCrlIndicator(baseCrlNumber: number | bigint, { critical = true }: Criticality = {}): Extension {
  return { oid: EXTENSIONS.deltaCrlIndicator, critical, value: der.integer(baseCrlNumber) }
}

/** issuingDistributionPoint; flags that are left out are absent. */
export type IssuingDistributionPointInput = DistributionPointNameInput &
  Readonly<{
    /** At most one by the RFC; all are written. */
    onlyContains?: ReadonlyArray<'user-certificates' | 'authority-certificates' | 'attribute-certificates'>
    onlySomeReasons?: readonly ReasonFlag[]
    /** Whether its entries may be of certificates of other issuers. */
    indirect?: boolean
  }>

/** issuingDistributionPoint, critical unless said otherwise (RFC 5280 section 5.2.5). */
export function issuingDistributionPoint(input: IssuingDistributionPointInput & Criticality): Extension {
  const { critical = true, onlyContains = [], onlySomeReasons, indirect = false } = input
  const flag = (number: number, isSet: boolean) => (isSet ? [der.implicitPrimitive(number, Uint8Array.of(0xff))] : [])
  const value = der.sequence(
    ...encodePointName(input),
    ...flag(1, onlyContains.includes('user-certificates')),
    ...flag(2, onlyContains.includes('authority-certificates')),
    ...(onlySomeReasons === undefined ? [] : [encodeReasonFlags(3, onlySomeReasons)]),
    ...flag(4, indirect),
    ...flag(5, onlyContains.includes('attribute-certificates')),
  )
  return { oid: EXTENSIONS.issuingDistributionPoint, critical, value }
}

/** CRLReason by number; 7 is not used (RFC 5280 section 5.3.1). */
export const REASONS = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  removeFromCRL: 8,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const

export type CrlReason = keyof typeof REASONS

/** reasonCode of an entry (RFC 5280 section 5.3.1). A number goes in as it is, known or not. */
export function reasonCode(reason: CrlReason | number): Extension {
  if (typeof reason === 'string' && !Object.hasOwn(REASONS, reason)) {
    throw new TypeError(`unknown reason ${JSON.stringify(reason)}; use ${Object.keys(REASONS).join(', ')}`)
  }
  const value = der.integer(typeof reason === 'string' ? REASONS[reason] : reason)
  value[0] = 0x0a // ENUMERATED, which is encoded as INTEGER is (X.690 8.4).
  return { oid: EXTENSIONS.reasonCode, value }
}

/** invalidityDate of an entry: a GeneralizedTime in any year (RFC 5280 section 5.3.2). */
export function invalidityDate(instant: Date): Extension {
  return { oid: EXTENSIONS.invalidityDate, value: der.generalizedTime(instant) }
}

/** certificateIssuer of an entry, critical unless said otherwise (RFC 5280 section 5.3.3). */
export function certificateIssuer(name: NameInput, { critical = true }: Criticality = {}): Extension {
  const value = der.sequence(...encodeGeneralNames({ directoryName: [name] }))
  return { oid: EXTENSIONS.certificateIssuer, critical, value }
}
