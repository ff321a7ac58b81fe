/** Where CRLs are found, and for what each of them speaks: what certificates and CRLs say of it in the same words (RFC 5280 4.2.1.13, 5.2.5). */
import * as der from './der-pieces.ts'
import { encodeGeneralNames, type GeneralNamesInput } from './general-names.ts'
import { encodeRelativeName, type RdnInput } from './names.ts'

/** ReasonFlags by the names of RFC 5280 section 4.2.1.13, in the order of their bits. */
const REASON_FLAGS = [
  'unused',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  'privilegeWithdrawn',
  'aACompromise',
] as const

export type ReasonFlag = (typeof REASON_FLAGS)[number]

/** DistributionPointName: names, or the RDN below the name of the CRL's issuer. Both make what the CHOICE forbids. */
export type DistributionPointNameInput = Readonly<{
  fullName?: GeneralNamesInput | readonly GeneralNamesInput[]
  relativeName?: RdnInput
}>

/** One DistributionPoint; a string is the URI of its full name. */
export type DistributionPointInput =
  | string
  | (DistributionPointNameInput &
      Readonly<{
        reasons?: readonly ReasonFlag[]
        /** Who issues the CRL, where that is not who issued the certificate. */
        crlIssuer?: GeneralNamesInput | readonly GeneralNamesInput[]
      }>)

/** Encodes one DistributionPoint. What is left out is absent: nothing at all makes an empty SEQUENCE. */
export function encodeDistributionPoint(input: DistributionPointInput): Uint8Array {
  const point = typeof input === 'string' ? { fullName: { uri: input } } : input
  return der.sequence(
    ...encodePointName(point),
    ...(point.reasons === undefined ? [] : [encodeReasonFlags(1, point.reasons)]),
    ...(point.crlIssuer === undefined ? [] : [der.explicit(2, ...encodeGeneralNames(point.crlIssuer))]),
  )
}

/** `[0] DistributionPointName`; nothing where neither name is given. The tag of a CHOICE is explicit. */
export function encodePointName({ fullName, relativeName }: DistributionPointNameInput): Uint8Array[] {
  const names = [
    ...(fullName === undefined ? [] : [der.explicit(0, ...encodeGeneralNames(fullName))]),
    ...(relativeName === undefined ? [] : [relativeNameOf(relativeName)]),
  ]
  return names.length === 0 ? [] : [der.explicit(0, ...names)]
}

/** The RDN is a SET whose tag is replaced by `[1]`. */
function relativeNameOf(relativeName: RdnInput): Uint8Array {
  const rdn = encodeRelativeName(relativeName)
  rdn[0] = 0xa1
  return rdn
}

/** `[number] ReasonFlags`. Trailing zero bits are not part of a named bit list (X.690 11.2.2). */
export function encodeReasonFlags(number: number, reasons: readonly ReasonFlag[]): Uint8Array {
  const positions = reasons.map((reason) => {
    const position = REASON_FLAGS.indexOf(reason)
    if (position < 0) throw new TypeError(`unknown reason ${JSON.stringify(reason)}; use ${REASON_FLAGS.join(', ')}`)
    return position
  })
  return der.implicitPrimitive(number, der.namedBits(positions))
}
