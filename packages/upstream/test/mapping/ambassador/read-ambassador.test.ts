import { describe, expect, test } from 'vitest'
import { readAmbassador } from '../../../src/mapping/ambassador/read-ambassador.ts'
import { CONSUL_DOCUMENTS, istioDocuments, V2_DOCUMENTS } from '../ambassador-documents.ts'

const source = { name: 'consul', load: () => ({ certChain: '', privateKey: '' }) }

const tlsContext = (fields: object) => ({ apiVersion: 'ambassador/v1', kind: 'TLSContext', name: 'c', ...fields })
const mapping = (fields: object) => ({
  apiVersion: 'ambassador/v1',
  kind: 'Mapping',
  name: 'm',
  prefix: '/',
  service: 'a',
  ...fields,
})

describe("the documents of Ambassador's own pages are read as they stand", () => {
  test('Istio: files', () => {
    expect(readAmbassador(istioDocuments('/etc/istiocerts'))).toEqual({
      contexts: [
        {
          name: 'istio-upstream',
          certChainFile: '/etc/istiocerts/cert-chain.pem',
          privateKeyFile: '/etc/istiocerts/key.pem',
          caCertChainFile: '/etc/istiocerts/root-cert.pem',
        },
      ],
      mappings: [
        {
          name: 'productpage_mapping',
          prefix: '/productpage/',
          rewrite: '/productpage',
          service: 'https://productpage:9080',
          tls: 'istio-upstream',
        },
      ],
    })
  })

  test('Consul: a secret, of a source', () => {
    expect(readAmbassador(CONSUL_DOCUMENTS, { secrets: { 'ambassador-consul-connect': source } })).toEqual({
      contexts: [{ name: 'ambassador-consul', hosts: [], source }],
      mappings: [
        {
          name: 'qotm_mtls_mapping',
          prefix: '/qotm-consul-mtls/',
          service: 'https://qotm-proxy',
          tls: 'ambassador-consul',
        },
      ],
    })
  })

  test('TLSContext of v2: a secret, of a directory', () => {
    expect(
      readAmbassador(V2_DOCUMENTS, { secrets: { 'upstream-certs': { directory: '/etc/upstream-certs' } } }),
    ).toEqual({
      contexts: [{ name: 'upstream-context', hosts: [], directory: '/etc/upstream-certs' }],
      mappings: [
        { name: 'upstream-mapping', prefix: '/upstream/', service: 'upstream-service', tls: 'upstream-context' },
      ],
    })
  })
})

describe('each API version is read where its fields stand', () => {
  const spec = { prefix: '/', service: 'a' }
  const read = { contexts: [], mappings: [{ name: 'm', prefix: '/', service: 'a' }] }
  test.each(['ambassador/v0', 'ambassador/v1'])('%s: at the top', (apiVersion) => {
    expect(readAmbassador([{ apiVersion, kind: 'Mapping', name: 'm', ...spec }])).toEqual(read)
    expect(() => readAmbassador([{ apiVersion, kind: 'Mapping', metadata: { name: 'm' }, spec }])).toThrow(
      /documents\[0\]\.name/,
    )
  })
  test.each(['getambassador.io/v1', 'getambassador.io/v2', 'getambassador.io/v3alpha1'])(
    '%s: in spec',
    (apiVersion) => {
      const metadata = { name: 'm', namespace: 'default', labels: {} }
      expect(readAmbassador([{ apiVersion, kind: 'Mapping', metadata, spec, status: {} }])).toEqual(read)
      expect(() => readAmbassador([{ apiVersion, kind: 'Mapping', name: 'm', ...spec }])).toThrow(
        /fields stand in `spec`/,
      )
    },
  )
})

test('every field of a TLSContext that is about outgoing connections has its option', () => {
  const documents = [
    tlsContext({
      hosts: ['a.example'],
      cert_chain_file: 'c.pem',
      private_key_file: 'k.pem',
      cacert_chain_file: 'ca.pem',
      crl_file: 'crl.pem',
      sni: 'b.example',
      alpn_protocols: 'h2, http/1.1',
      min_tls_version: 'v1.2',
      max_tls_version: 'v1.3',
      cipher_suites: ['ECDHE-ECDSA-AES128-GCM-SHA256'],
      ecdh_curves: ['P-256'],
    }),
  ]
  expect(readAmbassador(documents).contexts).toEqual([
    {
      name: 'c',
      hosts: ['a.example'],
      certChainFile: 'c.pem',
      privateKeyFile: 'k.pem',
      caCertChainFile: 'ca.pem',
      crl: { file: 'crl.pem' },
      sni: 'b.example',
      alpnProtocols: 'h2, http/1.1',
      minTlsVersion: 'v1.2',
      maxTlsVersion: 'v1.3',
      cipherSuites: ['ECDHE-ECDSA-AES128-GCM-SHA256'],
      ecdhCurves: ['P-256'],
    },
  ])
})

test("a secret is looked up by what is written, whatever secret_namespacing says of its dot (Istio's need false)", () => {
  const secrets = { 'istio.default': { directory: '/etc/istiocerts' } }
  for (const fields of [{ secret_namespacing: false }, { secret_namespacing: true }, {}]) {
    const { contexts } = readAmbassador([tlsContext({ secret: 'istio.default', ...fields })], { secrets })
    expect(contexts).toEqual([{ name: 'c', directory: '/etc/istiocerts' }])
  }
})

test.each([
  [{ tls: true }, { tls: true }],
  [{ tls: false }, {}],
  [{ host_rewrite: 'b.example' }, { hostRewrite: 'b.example' }],
  [{ rewrite: '' }, { rewrite: '' }],
  [{ host: '*' }, {}],
  [{ hostname: '*' }, {}],
  [{ use_websocket: true }, {}],
  [{ allow_upgrade: ['websocket'] }, {}],
])('of a Mapping, %j is %j', (fields, options) => {
  expect(readAmbassador([mapping(fields)]).mappings).toEqual([{ name: 'm', prefix: '/', service: 'a', ...options }])
})

test('an empty document is passed over', () => {
  expect(readAmbassador([null, mapping({}), null]).mappings).toHaveLength(1)
})

describe("a mistake is refused in Ambassador's words, with the fix", () => {
  test.each<[document: unknown, option: string, says: RegExp]>([
    [
      tlsContext({ cert_chain_file: 'c.pem' }),
      'TLSContext c.private_key_file',
      /'cert_chain_file' requires 'private_key_file' as well/,
    ],
    [
      tlsContext({ private_key_file: 'k.pem' }),
      'TLSContext c.cert_chain_file',
      /'private_key_file' requires 'cert_chain_file' as well/,
    ],
    [tlsContext({ hosts: [] }), 'TLSContext c.secret', /exactly one of 'secret' and 'cert_chain_file' must be present/],
    [
      tlsContext({ secret: 'known', cert_chain_file: 'c', private_key_file: 'k' }),
      'TLSContext c.secret',
      /exactly one of/,
    ],
    [tlsContext({ secret: 'unknown' }), 'TLSContext c.secret', /found no certificate in unknown.*`secrets`/],
    [tlsContext({ secret: 'toString' }), 'TLSContext c.secret', /found no certificate in toString/],
    [tlsContext({ secret: 'wrong' }), 'secrets.wrong', /\{ directory \}/],
    [tlsContext({ secret: 'known', host: 'a' }), 'TLSContext c.host', /Did you mean `hosts`/],
    [tlsContext({ secret: 'known', hosts: 'a' }), 'TLSContext c.hosts', /array of strings/],
    [tlsContext({ secret: 'known', cert_required: true }), 'TLSContext c.cert_required', /`mode` and `trust`/],
    [tlsContext({ secret: 'known', ca_secret: 'a' }), 'TLSContext c.ca_secret', /`cacert_chain_file`/],
    [
      tlsContext({ secret: 'known', redirect_cleartext_from: 8080 }),
      'TLSContext c.redirect_cleartext_from',
      /listens for http/,
    ],
    [tlsContext({ secret: 'known', crl_secret: 'a' }), 'TLSContext c.crl_secret', /`crl_file`/],
    [tlsContext({ secret: 'known', min_tls_version: '1.2' }), 'TLSContext c.min_tls_version', /`v1.2`/],
    [tlsContext({ secret: 'known', min_tls_version: 'v1.0' }), 'TLSContext c.min_tls_version', /RFC 8996/],
    [tlsContext({ secret: 'known', max_tls_version: 'v1.1' }), 'TLSContext c.max_tls_version', /RFC 8996/],
    [tlsContext({ secret: 'known', secret_namespacing: 'no' }), 'TLSContext c.secret_namespacing', /`true`, `false`/],
    [mapping({ rewite: '/' }), 'Mapping m.rewite', /Did you mean `rewrite`/],
    [mapping({ prefix_regex: true }), 'Mapping m.prefix_regex', /literal here/],
    [mapping({ timeout_ms: 1 }), 'Mapping m.timeout_ms', /timeouts of the proxy/],
    [mapping({ ambassador_id: 'a' }), 'Mapping m.ambassador_id', /documents of this gateway/],
    [mapping({ hostname: 'a.example' }), 'Mapping m.hostname', /route by host/],
    [mapping({ allow_upgrade: ['spdy/3.1'] }), 'Mapping m.allow_upgrade', /WebSockets/],
    [mapping({ use_websocket: false }), 'Mapping m.use_websocket', /WebSockets/],
    [
      { apiVersion: 'ambassador/v1', kind: 'Mapping', name: 'm', service: 'a' },
      'Mapping m.prefix',
      /is missing prefix/,
    ],
    [
      { apiVersion: 'ambassador/v1', kind: 'Mapping', name: 'm', prefix: '/' },
      'Mapping m.service',
      /is missing service/,
    ],
    [{ apiVersion: 'ambassador/v1', kind: 'Host', name: 'm' }, 'documents[0].kind', /`TLSContext`, `Mapping`/],
    [{ apiVersion: 'v1', kind: 'Mapping', name: 'm' }, 'documents[0].apiVersion', /`ambassador\/v0`/],
    [{ apiVersion: 'ambassador/v1', kind: 'Mapping', prefix: '/' }, 'documents[0].name', /not empty/],
    [
      { apiVersion: 'getambassador.io/v2', kind: 'Mapping', metadata: {}, spec: {} },
      'documents[0].metadata.name',
      /not empty/,
    ],
    [{ apiVersion: 'getambassador.io/v2', kind: 'Mapping', metadata: { name: 'm' } }, 'documents[0].spec', /`kind`/],
    ['kind: Mapping', 'documents[0]', /`apiVersion`/],
    [undefined, 'documents[0]', /`apiVersion`/],
  ])('%j', (document, option, says) => {
    const secrets = { known: source, wrong: { path: 'a' } }
    const read = () => readAmbassador([document], { secrets: secrets as object as { known: typeof source } })
    expect(read).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', option, message: expect.stringMatching(says) as string }),
    )
  })

  test('two of one kind and name; a Mapping may have the name of a TLSContext', () => {
    const context = tlsContext({ cert_chain_file: 'c', private_key_file: 'k' })
    expect(() => readAmbassador([context, context])).toThrow(/Duplicate TLSContext c/)
    expect(() => readAmbassador([mapping({}), mapping({ prefix: '/b/' })])).toThrow(/Duplicate Mapping m/)
    expect(readAmbassador([context, mapping({ name: 'c' })]).mappings).toHaveLength(1)
  })

  test('no documents, and what is no option', () => {
    expect(() => readAmbassador([])).toThrow(/documents/)
    expect(() => readAmbassador([mapping({})], { secret: {} } as object)).toThrow(/Did you mean `secrets`/)
    expect(() => readAmbassador([mapping({})], { secrets: [] as object as Record<string, never> })).toThrow(
      /by the name of each Secret/,
    )
  })
})
