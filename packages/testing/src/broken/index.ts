/**
 * Certificates and CRLs that a verifier has to refuse, by theme; the few that some readers let pass say so.
 *
 * Each has one fault and is otherwise as good as the authority makes them, so that a test which refuses it refuses it for
 * that fault. Those that take an {@link Authority} issue; those that take a {@link Leaf} alter what was issued.
 */

export { cycle, notAnAuthority, otherAuthority, pathTooLong, selfSigned, withoutCertSign } from './authorities.ts'
export { forgedCrl, unknownCriticalCrlExtension, unknownCriticalEntryExtension } from './crls.ts'
export {
  altered,
  duplicateExtension,
  longLength,
  negativeSerialNumber,
  pointForm,
  trailingBytes,
  truncated,
} from './encodings.ts'
export type { Forgery } from './forgery.ts'
export { unknownCriticalExtension, wrongEku, wrongKeyUsage } from './purpose.ts'
export {
  algorithmMismatch,
  forgedSignature,
  pssWithOtherMgf1Hash,
  pssWithoutParameters,
  pssWithoutSaltLength,
  pssWithSha1Mask,
} from './signatures.ts'
export { expired, notYetValid } from './validity.ts'
export { type SmallOrderPoint, smallOrderEd25519 } from './weak-ed25519.ts'
export { rsaEvenExponent, rsaEvenModulus, rsaExponentOne } from './weak-rsa.ts'
