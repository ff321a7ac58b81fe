export { type Authority, createAuthority } from './authority.ts'
export * as broken from './broken/index.ts'
export { type AuthorityOptions, type CertificateOptions, DEFAULT_CLOCK } from './certificate-options.ts'
export type { UpgradeResponse } from './client/http1.ts'
export type { ClientRequest, ClientResponse, HeaderLines } from './client/messages.ts'
export {
  createTlsClient,
  DEFAULT_TIMEOUT_MS,
  type TlsClient,
  type TlsClientOptions,
  type TlsInfo,
  type TlsResponse,
  tlsRequest,
} from './client/tls-client.ts'
export type { ConsulFault } from './consul/agent-faults.ts'
export type { ConnectAuthority, ConsulLeaf, ConsulRoot } from './consul/connect-authority.ts'
export {
  type ConsulAgent,
  type ConsulAgentOptions,
  type ConsulRequest,
  startConsulAgent,
} from './consul/consul-agent.ts'
export type { Intention } from './consul/intentions.ts'
export { encodeCrlEntries } from './crl/crl-entries.ts'
export type { CrlReason, IssuingDistributionPointInput } from './crl/crl-extensions.ts'
export * as crlExtension from './crl/crl-extensions.ts'
export type { CrlEntryDetails, CrlEntryInput, CrlOptions } from './crl/crl-options.ts'
export { type CrlSigner, crlSigner, type MintedCrl, mintCrl } from './crl/mint-crl.ts'
export * as der from './der-pieces.ts'
export type { DistributionPointInput, DistributionPointNameInput, ReasonFlag } from './distribution-points.ts'
export type {
  AuthorityInfoAccessInput,
  AuthorityKeyIdentifierInput,
  Extension,
  KeyUsage,
  Purpose,
} from './extensions.ts'
export * as extension from './extensions.ts'
export { encodeGeneralNames, type GeneralNamesInput } from './general-names.ts'
export { type Behind, type InjectedRequest, injectWithCertificate } from './inject/inject.ts'
export type { InjectTarget } from './inject/listening.ts'
export { type IssuedCertificate, issuedCertificate, pemOf } from './issued-certificate.ts'
export {
  createKeyPool,
  DEFAULT_KEY_TYPE,
  generateKeyPair,
  isKeyTypeAvailable,
  type KeyInput,
  type KeyPair,
  type KeyPool,
  type KeyType,
  keyPairFromPem,
  keyTypeOf,
  spkiOf,
} from './keys.ts'
export { type Leaf, leafOf } from './leaf.ts'
export {
  type Attributes,
  type AttributeType,
  type AttributeValue,
  encodeName,
  type NameInput,
  type RdnInput,
} from './names.ts'
export { ANY_POLICY, ATTRIBUTE_TYPES, EXTENSIONS, PURPOSES } from './object-identifiers.ts'
export { answerOcspRequest, type OcspResponder } from './ocsp/answer-request.ts'
export { encodeCertId } from './ocsp/cert-id.ts'
export {
  encodeBasicResponse,
  issueResponder,
  mintOcspError,
  mintOcspResponse,
  type OcspErrorName,
  type OcspResponseOptions,
  ocspNonce,
} from './ocsp/mint-response.ts'
export type { OcspReason, OcspStatus, SingleResponseOptions } from './ocsp/single-response.ts'
export { headersFor, type ProxyName } from './proxy/headers-for.ts'
export type { ProxyHeaders, ProxyOptions } from './proxy/proxy-headers.ts'
export { ecPublicKey, ed448PublicKey, ed25519PublicKey, type PointForm, rsaPublicKey } from './public-key-info.ts'
export { type ChangingResolver, createChangingResolver } from './revocation-server/changing-resolver.ts'
export type { Fault } from './revocation-server/faults.ts'
export {
  type ReceivedRequest,
  type Responder,
  type RevocationServer,
  type RevocationServerOptions,
  type ServedCrl,
  startRevocationServer,
} from './revocation-server/revocation-server.ts'
export { serverCertificate } from './server-certificate.ts'
export { type SignatureInput, type SignatureName, schemeOf, usualSignature } from './signing/algorithms.ts'
export { type PssParametersInput, pssParameters, type RsaPssOptions, rsaPss } from './signing/rsa-pss.ts'
export type { HashName, SignatureScheme } from './signing/scheme.ts'
