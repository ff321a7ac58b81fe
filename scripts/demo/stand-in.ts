export const VERIFY_CLIENT = ['on', 'optional', 'optional_no_ca'] as const

/** nginx's `ssl_verify_client`; NGINX Ingress's `auth-tls-verify-client`. */
export type VerifyClient = (typeof VERIFY_CLIENT)[number]

/** A proxy before one application. */
export interface StandIn {
  readonly port: number
  /** What it wrote into its log about clients. */
  readonly log: () => readonly string[]
  readonly close: () => Promise<void>
}
