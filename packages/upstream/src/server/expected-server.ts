/**
 * Whom we mean to talk to. Trusted: it is the application's own word, never a request's.
 *
 * Default: a server of our own trust domain where our certificate carries a SPIFFE id; the host that is connected to in all other cases.
 */
export type ExpectedServer =
  /** A DNS name or an IP address that the server's certificate must have as subjectAltName (RFC 9525). */
  | { readonly host: string }
  /** The SPIFFE id, or one of several (X509-SVID section 2). */
  | { readonly spiffeId: string | readonly string[] }
  /** Any server of this SPIFFE trust domain, such as `cluster.local`. */
  | { readonly trustDomain: string }
  /** The name of the host that is connected to, also where our own certificate carries a SPIFFE id. */
  | 'host'
