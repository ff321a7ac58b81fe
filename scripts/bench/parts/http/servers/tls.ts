import type { ServerOptions } from 'node:https'
import type { ServerSpec } from './spec.ts'

/** Asks every client for a certificate and lets all in, as our packages want it; what relies on Node's own verification gets `ca`. */
export const tlsOptionsOf = ({ guard, material }: ServerSpec): ServerOptions => ({
  ...material.server,
  requestCert: true,
  rejectUnauthorized: guard === 'node',
  ...(guard === 'node' || guard === 'client-certificate-auth' ? { ca: material.clientCa } : {}),
})
