/** RFC 5280 5.3.1, by their numbers; 7 is not used. OCSP has the same (RFC 6960 4.2.1). */
export const REVOCATION_REASONS = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  null,
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
] as const

export type CrlReason = NonNullable<(typeof REVOCATION_REASONS)[number]>

/** Why a certificate is revoked. */
export type RevocationReason = Exclude<CrlReason, 'removeFromCRL'>
