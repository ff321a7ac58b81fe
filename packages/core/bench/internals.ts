/**
 * What the benchmark measures by itself and nobody may import: built into a bundle of its own, with the settings of the published one. Not published.
 */
export { createMemory, DEFAULT_MEMORY } from '../src/memory.ts'
export { type LoadedCrl, readCrls } from '../src/revocation/crl/loaded-crl.ts'
export type { OcspQuestion } from '../src/revocation/ocsp/ocsp-question.ts'
export { verifyOcspResponse } from '../src/revocation/ocsp/verify-response.ts'
export { NO_WEAKNESS } from '../src/signatures/weakness.ts'
export { atOnce, inSlices } from '../src/slices.ts'
export { type Certificate, parseCertificate } from '../src/x509/certificate.ts'
