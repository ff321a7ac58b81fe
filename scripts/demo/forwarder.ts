/**
 * What stands before the applications where there is no nginx: a TLS server in Node that verifies, refuses and forwards as nginx does, with
 * the headers that our own encoder writes.
 */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, request as requestOverHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { TLSSocket } from 'node:tls'
import { encodeNginx, NGINX_CERTIFICATE_HEADER, NGINX_VERDICT_HEADER } from '@clientcert/core/headers'
import type { Pki } from './pki.ts'
import type { StandIn, VerifyClient } from './stand-in.ts'

/** The failures that `optional_no_ca` lets pass, in the words of Node and of nginx. */
const TOLERATED: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed certificate in certificate chain',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unable to get local issuer certificate',
  CERT_UNTRUSTED: 'certificate not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unable to verify the first certificate',
}

/** Starts a forwarder before the application that listens on `upstream`. */
export async function startForwarder(pki: Pki, verifyClient: VerifyClient, upstream: number): Promise<StandIn> {
  const log: string[] = []
  const { key, cert } = pki.server
  const tls = { key, cert, ca: pki.knownToProxy, requestCert: true, rejectUnauthorized: false }
  const server = createServer(tls, (request, response) => {
    const { certificate, verdict, refusal } = judge(request, verifyClient)
    if (refusal !== null) {
      log.push(refusal)
      response.writeHead(400, { server: 'forwarder', connection: 'close' }).end('400 Bad Request')
      return
    }
    forward(request, response, pki, upstream, {
      [NGINX_VERDICT_HEADER]: verdict,
      ...(certificate === null ? {} : { [NGINX_CERTIFICATE_HEADER]: encodeNginx(certificate) }),
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    log: () => log,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

interface Judgement {
  readonly certificate: Buffer | null
  readonly verdict: string
  readonly refusal: string | null
}

function judge({ socket }: IncomingMessage, verifyClient: VerifyClient): Judgement {
  const certificate = socket instanceof TLSSocket ? (socket.getPeerX509Certificate()?.raw ?? null) : null
  if (certificate === null) {
    const refusal = verifyClient === 'on' ? 'client sent no required SSL certificate' : null
    return { certificate, verdict: 'NONE', refusal }
  }
  const { authorized, authorizationError } = socket as TLSSocket
  if (authorized) return { certificate, verdict: 'SUCCESS', refusal: null }
  const reason = String(authorizationError)
  const tolerated = verifyClient === 'optional_no_ca' ? TOLERATED[reason] : undefined
  return tolerated === undefined
    ? { certificate, verdict: '', refusal: `client SSL certificate verify error: ${reason}` }
    : { certificate, verdict: `FAILED:${tolerated}`, refusal: null }
}

/** Everything that the client may have written under the names of the proxy is left behind. */
function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { proxy }: Pki,
  port: number,
  asserted: Readonly<Record<string, string>>,
): void {
  const own = Object.entries(request.headers).filter(([name]) => !/^ssl[-_.]client|^connection$/.test(name))
  const sent = requestOverHttps(
    {
      host: '127.0.0.1',
      port,
      path: request.url,
      method: request.method,
      headers: { ...Object.fromEntries(own), ...asserted, connection: 'close' },
      cert: proxy.fullChainPem,
      key: proxy.privateKeyPem,
      rejectUnauthorized: false, // The applications are on the loopback, with certificates made for this run.
      agent: false,
    },
    (answer) => {
      // Of this hop alone (RFC 9110 7.6.1): the client's connection goes on.
      const { connection: _, 'keep-alive': __, ...headers } = answer.headers
      response.writeHead(answer.statusCode ?? 502, headers)
      answer.pipe(response)
    },
  )
  sent.on('error', () => response.writeHead(502).end())
  request.pipe(sent)
}
