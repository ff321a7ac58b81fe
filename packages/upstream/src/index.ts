export type { AgentOptions } from './clients/agent.ts'
export type { ConnectOptionsTarget } from './clients/connect-options.ts'
export type { DispatcherOptions, FetchDispatcher } from './clients/dispatcher.ts'
export type { Http2Client } from './clients/http2-client.ts'
export type { Http2ClientOptions } from './clients/http2-options.ts'
export type { ConnectTarget } from './connection/connector.ts'
export type { UpstreamMessage } from './connection/report.ts'
export { DEFAULT_MIN_TLS_VERSION, type ProtocolOptions, type TlsVersion } from './connection/tls-settings.ts'
export { createTlsContext } from './create-tls-context.ts'
export { UPSTREAM_FAILURES, type UpstreamCode } from './failures.ts'
export {
  type AmbassadorConfiguration,
  type ReadAmbassadorOptions,
  readAmbassador,
} from './mapping/ambassador/read-ambassador.ts'
export type { AmbassadorSecret, AmbassadorSecrets, AmbassadorTlsContext } from './mapping/ambassador/tls-context.ts'
export type { MappingsOptions } from './mapping/assemble-mappings.ts'
export { createMappings } from './mapping/create-mappings.ts'
export { MAPPING_FAILURES, type MappingCode, MappingError, type MappingFailure } from './mapping/failures.ts'
export type { Mapping, Mappings, MappingTarget, MatchResult, Upstream } from './mapping/mapping.ts'
export type { MappingOptions } from './mapping/mapping-options.ts'
export { type FastifyHttpProxyOptions, fastifyHttpProxyOptions } from './mapping/proxies/fastify-http-proxy.ts'
export { type HttpProxyMiddlewareOptions, httpProxyMiddlewareOptions } from './mapping/proxies/http-proxy-middleware.ts'
export { MAX_TARGET_LENGTH } from './mapping/request-path.ts'
export { DEFAULT_REWRITE, NO_REWRITE } from './mapping/rewrite.ts'
export type { DirectoryLayout } from './material/layouts.ts'
export type { AuthoritiesFrom, MaterialStatus } from './material/material.ts'
export { MaterialError, type MaterialFailure } from './material/material-error.ts'
export { MATERIAL_FAILURES, type MaterialCode } from './material/material-failures.ts'
export { type CertificateOptions, DEFAULT_WHEN_MISSING, type MaterialOptions } from './material/material-options.ts'
export {
  type ContextOptions,
  DEFAULT_CONNECT_TIMEOUT_MS,
  DEFAULT_CONTEXT_NAME,
  DEFAULT_GRACE_PERIOD_MS,
  DEFAULT_MAX_CACHED_SESSIONS,
  TLS_CONTEXT_OPTION_NAMES,
  type TlsContextOptions,
} from './options.ts'
export type { ExpectedServer } from './server/expected-server.ts'
export { dangerouslyDisableServerVerification, type ServerOptions } from './server/server-options.ts'
export type { TlsContext, TlsContextStatus } from './tls-context.ts'
export { UpstreamError, type UpstreamFailure } from './upstream-error.ts'
