/**
 * A gateway to a mesh, as Ambassador's with Istio: Fastify demands a client certificate, and hands requests for `/productpage/` on to a service that lets in nobody but
 * the mesh. The certificate for that is Istio's, who writes another one into the directory every few hours.
 */
import { clientCert, forwardHeaders, type Logger, type TrustInput, tlsOptions } from '@clientcert/fastify'
import { createMappings, createTlsContext, fastifyHttpProxyOptions } from '@clientcert/upstream'
import httpProxy from '@fastify/http-proxy'
import Fastify from 'fastify'

interface Options {
  readonly key: string
  readonly cert: string
  readonly trust: TrustInput
  readonly port: number
  /** Where Istio writes cert-chain.pem, key.pem and root-cert.pem. */
  readonly certificates?: string
  readonly productpage?: string
  /** Hears of every certificate that is replaced, and of every server that is refused. */
  readonly logger?: Logger
}

export async function start(options: Options) {
  const { key, cert, trust, port, logger = console } = options
  const { certificates = '/etc/istiocerts', productpage = 'https://productpage:9080' } = options
  const istio = createTlsContext({
    name: 'istio-upstream',
    certChainFile: `${certificates}/cert-chain.pem`,
    privateKeyFile: `${certificates}/key.pem`,
    caCertChainFile: `${certificates}/root-cert.pem`,
    whenMissing: 'wait',
    logger,
  })
  const mappings = createMappings({
    contexts: [istio],
    logger,
    mappings: [
      {
        name: 'productpage_mapping',
        prefix: '/productpage/',
        rewrite: '/productpage',
        service: productpage,
        tls: 'istio-upstream',
      },
    ],
  })

  const gateway = Fastify({ https: tlsOptions({ key, cert }) })
  await gateway.register(clientCert, { trust })
  for (const mapping of mappings.all) {
    const proxy = fastifyHttpProxyOptions(mapping)
    const { rewriteRequestHeaders, ...replyOptions } = proxy.replyOptions
    await gateway.register(httpProxy, {
      ...proxy,
      replyOptions: {
        ...replyOptions,
        // Who the client is, in Envoy's words; whatever it wrote there itself stays behind.
        rewriteRequestHeaders: (request, headers) =>
          rewriteRequestHeaders(request, forwardHeaders(request.clientCertDecision, 'envoy', headers)),
      },
    })
  }
  gateway.addHook('onClose', async () => {
    await mappings.close()
    await istio.close()
  })
  await gateway.listen({ port })
  return { gateway, istio }
}
