import type { ClientIdentity, Decision } from '@clientcert/core'

declare global {
  // biome-ignore lint/style/noNamespace: Express's types leave this one open for declaration merging, and no module that both versions share
  namespace Express {
    interface Request {
      /**
       * Who the client is, proven; null without a certificate, with a bad one, and where the mode is `off`. Undefined on routes that no middleware of
       * this package stands before, which is why it is optional: compare by `?.` or `assertClientCert`, not by `=== null`.
       */
      clientCert?: ClientIdentity | null
      /** How that came about, by the middleware that decided last. An unverified certificate is here, in `presented`. */
      clientCertDecision?: Decision | null
    }
  }
}
