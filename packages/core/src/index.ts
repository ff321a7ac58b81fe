// The journey of a certificate, in travel order.

export { MODES, type Mode } from './admit.ts'
export type { Authenticator, AuthenticatorStatus, Route } from './authenticator.ts'
export type { CertificateInput } from './certificate-input.ts'
export type { Change, RevokedMessage } from './change.ts'
export { type NodeServer, noteHandshakeRefusal } from './check-server.ts'
export { readArray, readFunction, readInteger, readObject, readString, readWord } from './configuration.ts'
export { CONFIGURATION_CODES, type ConfigurationCode, ConfigurationError, shown } from './configuration-error.ts'
export { createAuthenticator } from './create-authenticator.ts'
export { type CustomOptions, type CustomProxy, custom } from './custom-proxy.ts'
export type {
  Accepted,
  Anonymous,
  ClientCertFailure,
  DecidingHost,
  Decision,
  PresentedClient,
  RefusalReason,
  Rejected,
  Skipped,
  Unverified,
} from './decision.ts'
export { type CertificateDer, MAX_CERTIFICATE_BYTES } from './encoding/certificate-der.ts'
export { escapeHostile } from './encoding/escape.ts'
export { readWholePem } from './encoding/whole-pem.ts'
export { ClientCertError, FAILURES, type FailureDescription, failureOf, type PublicCode } from './errors.ts'
export type { NodeRequest } from './evidence/connection.ts'
export type { OnProxyVerdict } from './evidence/from-headers.ts'
export { explain, reasonOf } from './explain.ts'
export type { CertificateRef, FailureBase, Fault, Leg, Reason, ReasonBase, ReasonTable } from './failure.ts'
export { forwardHeaders } from './forward-headers.ts'
export type { HeaderFields } from './forwardable-headers.ts'
export type { ForwardFormat } from './forwarder.ts'
export { dangerouslyTrustAnyPeer, type From, type FromProxy, type OnlyFrom } from './from-options.ts'
export type { CustomEncoding } from './headers/custom-encodings.ts'
export { PROXY_NAMES, type ProxyName } from './headers/registry.ts'
export {
  type ContextMaker,
  type HostContexts,
  hostContextsOf,
  hostContextsOfServer,
  SECURE_CONTEXT_OPTION_NAMES,
  type ServerIdentity,
} from './host-contexts.ts'
export type { CaNames } from './hosts/ca-names.ts'
export { normalHost } from './hosts/host-name.ts'
export { readHosts } from './hosts/host-table.ts'
export type { HostOptions, HostsOptions, HostTlsOptions } from './hosts-options.ts'
export {
  type AnchorIdentity,
  type ClientIdentity,
  isClientIdentity,
  type SubjectAltNames,
} from './identity/client-identity.ts'
export { isSpiffeId, spiffeIdOf } from './identity/spiffe-id.ts'
export { checkKeyPairs, findUnpaired } from './key-pairs.ts'
export { DEFAULT_MEMORY, REFUSAL_MS } from './memory.ts'
export type { DecisionMessage, Logger, SourceMessage } from './observe.ts'
export {
  type AuthenticatorOptions,
  DEFAULT_MAX_PRESENTED_BYTES,
  DEFAULT_MODE,
  DEFAULT_RESPONSES,
  type Limits,
  OPTION_NAMES,
  type PolicyOptions,
  type Purpose,
  ROUTE_OPTION_NAMES,
  type RouteOptions,
  readLogger,
} from './options.ts'
export { DEFAULT_SIGNATURE_COST } from './path/budget.ts'
export type { NearAnchor } from './path/failures.ts'
export { isVerifiedPath, type VerifiedPath } from './path/verified-path.ts'
export { DEFAULT_MAX_INTERMEDIATES, DEFAULT_MAX_PRESENTED } from './path/verify-path.ts'
export { allOf, anyOf, not } from './policy/combine.ts'
export { isRule, type Rule } from './policy/rule.ts'
export { dns, email, ip, spiffeId, uri } from './policy/rules/alternative-names.ts'
export { fingerprint } from './policy/rules/fingerprint.ts'
export { issuerAndSerialNumber } from './policy/rules/issuer-and-serial-number.ts'
export { subject } from './policy/rules/subject.ts'
export { type Refusal, type RefusalResponse, type Responses, refusalBody } from './responses.ts'
export { type CacheOptions, DEFAULT_CACHE_BYTES } from './revocation/cache/cache-options.ts'
export type { KeyvStore } from './revocation/cache/shared-store.ts'
export type { Pointer } from './revocation/context.ts'
export type { CrlInput } from './revocation/crl/crl-sources.ts'
export type { CrlSourceStatus } from './revocation/crl/crl-store.ts'
export {
  DEFAULT_FETCH_TIMEOUT_MS,
  DEFAULT_MAX_CRL_BYTES,
  DEFAULT_MAX_OCSP_BYTES,
  type FetchOptions,
} from './revocation/fetch/fetch-options.ts'
export type { Lookup } from './revocation/fetch/resolve.ts'
export type { FailingSource, FetchedStatus } from './revocation/fetched-status.ts'
export type { HandshakeGap, HandshakeMaterial, HandshakeMaterialOptions } from './revocation/handshake-material.ts'
export type { RevocationMode } from './revocation/judge.ts'
export type { CertificateReport, RevocationReport } from './revocation/report.ts'
export {
  DEFAULT_CLOCK_SKEW_SECONDS,
  DEFAULT_REFRESH_SECONDS,
  DEFAULT_REVOCATION_MODE,
  type OcspOptions,
  type Revocation,
  type RevocationOptions,
} from './revocation-options.ts'
export {
  readServerRules,
  type ServerAuthenticator,
  type ServerRuleOptions,
  type ServerRules,
} from './server-rules.ts'
export { setForwardHeaders } from './set-forward-headers.ts'
export { dangerouslyAllowWeakAlgorithms, WEAKNESSES, type Weakness } from './signatures/weakness.ts'
export { createFileRefresher, type FollowedFiles, UnreadableFileError } from './sources/file-refresher.ts'
export {
  createRefresher,
  type Refreshable,
  type Refresher,
  type RefreshStatus,
  type SourceEvent,
} from './sources/refresher.ts'
export { SourceError } from './sources/source-error.ts'
export type { TlsAuthorities, TlsMaterial, TlsMaterialSource } from './sources/tls-material.ts'
export { watchPaths } from './sources/watch-paths.ts'
export { type CompletedTlsOptions, type ServerTlsOptions, tlsOptions } from './tls-options.ts'
export { isSelfSigned } from './trust/self-signed.ts'
export type { TrustAnchor } from './trust/snapshot.ts'
export type { TrustMaterial, TrustSource } from './trust/source.ts'
export type { TrustInput } from './trust/sources.ts'
export type { SourceStatus } from './trust/store.ts'
export { verifyCertificate } from './verify-certificate.ts'
export type { Certificate } from './x509/certificate.ts'
export type { RevocationReason } from './x509/revocation-reason.ts'
