/**
 * What the proxy says of the certificate that it forwards. Evidence, never proof: it can refuse a client, never admit one.
 */
export type ProxyVerdict =
  | { readonly said: 'none' }
  | { readonly said: 'success' }
  | {
      readonly said: 'failed'
      /**
       * `'path'` for what our own path validation judges again, with our own store; `'unseen'` for what we may not be able
       * to see (revoked, or CRL and OCSP trouble), and for reasons that are not known.
       */
      readonly reason: 'path' | 'unseen'
    }
