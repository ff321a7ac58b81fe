/** What Ambassador's documentation shows, parsed: Istio's files, Consul's secret, and a TLSContext of v2. */
import { join } from 'node:path'

export const istioDocuments = (directory: string) =>
  [
    {
      apiVersion: 'ambassador/v1',
      kind: 'TLSContext',
      name: 'istio-upstream',
      cert_chain_file: join(directory, 'cert-chain.pem'),
      private_key_file: join(directory, 'key.pem'),
      cacert_chain_file: join(directory, 'root-cert.pem'),
    },
    {
      apiVersion: 'ambassador/v1',
      kind: 'Mapping',
      name: 'productpage_mapping',
      prefix: '/productpage/',
      rewrite: '/productpage',
      service: 'https://productpage:9080',
      tls: 'istio-upstream',
    },
  ] as const

export const CONSUL_DOCUMENTS = [
  {
    apiVersion: 'ambassador/v1',
    kind: 'TLSContext',
    name: 'ambassador-consul',
    hosts: [],
    secret: 'ambassador-consul-connect',
  },
  {
    apiVersion: 'ambassador/v1',
    kind: 'Mapping',
    name: 'qotm_mtls_mapping',
    prefix: '/qotm-consul-mtls/',
    service: 'https://qotm-proxy',
    tls: 'ambassador-consul',
  },
] as const

export const V2_DOCUMENTS = [
  {
    apiVersion: 'getambassador.io/v2',
    kind: 'TLSContext',
    metadata: { name: 'upstream-context' },
    spec: { hosts: [], secret: 'upstream-certs' },
  },
  {
    apiVersion: 'getambassador.io/v2',
    kind: 'Mapping',
    metadata: { name: 'upstream-mapping' },
    spec: { prefix: '/upstream/', service: 'upstream-service', tls: 'upstream-context' },
  },
] as const
