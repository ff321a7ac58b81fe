/**
 * A certificate travels one way through packages/core/src, and so do the imports.
 *
 * Each leg names every leg it may read from. What stands in no list is refused, so a new folder has no rights until it
 * is given some here.
 */

const core = '^packages/core/src'

/** Shared by every leg and importing none: what a result, a failure, an option and a range of addresses are. */
const foundations = `${core}/(result|failure|slices|configuration|configuration-error|address-ranges)\\.ts$`

const reads = {
  encoding: [],
  headers: ['encoding'],
  x509: ['encoding'],
  signatures: ['x509', 'encoding'],
  sources: [],
  trust: ['sources', 'x509', 'signatures', 'encoding'],
  path: ['trust', 'signatures', 'x509', 'encoding'],
  revocation: ['path', 'trust', 'sources', 'signatures', 'x509', 'encoding'],
  identity: ['path', 'x509', 'encoding'],
  policy: ['identity', 'x509', 'path', 'encoding'],
  evidence: ['headers', 'encoding'],
  hosts: ['evidence', 'x509', 'encoding'],
}

const legs = Object.entries(reads).map(([leg, others]) => ({
  name: `${leg}-reads-only-${others.length === 0 ? 'foundations' : others.join('-')}`,
  severity: 'error',
  from: { path: `${core}/${leg}/` },
  to: {
    path: core,
    pathNot: [foundations, ...[leg, ...others].map((allowed) => `${core}/${allowed}/`)],
  },
}))

const upstream = '^packages/upstream/src'

/** Our own certificate travels too: whence it comes, whom it is for, the connection, the clients. Mappings stand beside, on what users have. */
const rooms = Object.entries({
  material: [],
  server: ['material'],
  connection: ['server', 'material'],
  clients: ['connection', 'server'],
}).map(([room, others]) => ({
  name: `upstream-${room}-reads-only-${others.length === 0 ? 'itself' : others.join('-')}`,
  severity: 'error',
  from: { path: `${upstream}/${room}/` },
  to: {
    path: upstream,
    pathNot: [
      `${upstream}/(failures|upstream-error)\\.ts$`,
      ...[room, ...others].map((allowed) => `${upstream}/${allowed}/`),
    ],
  },
}))

module.exports = {
  forbidden: [
    ...legs,
    ...rooms,
    {
      name: 'no-unlisted-leg',
      comment: 'A new folder of core gets a row in `reads` before it gets an import.',
      severity: 'error',
      from: { path: `${core}/[^/]+/`, pathNot: `${core}/(${Object.keys(reads).join('|')})/` },
      to: { path: core },
    },
    {
      name: 'foundations-read-no-leg',
      severity: 'error',
      from: { path: foundations },
      to: { path: core, pathNot: foundations },
    },
    {
      name: 'core-has-no-dependency',
      comment: 'Zero run-time dependencies: node builtins and itself.',
      severity: 'error',
      from: { path: core },
      to: { pathNot: core, dependencyTypesNot: ['core'] },
    },
    {
      name: 'only-public-exports-of-core',
      comment: 'Adapters live on what their users have.',
      severity: 'error',
      from: { pathNot: '^packages/core/' },
      to: { path: core, pathNot: `${core}/(index|headers/index|x509/index)\\.ts$` },
    },
    {
      name: 'packages-read-only-core',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src' },
      to: { path: '^packages/', pathNot: ['^packages/$1/', '^packages/core/'] },
    },
    {
      name: 'source-reads-no-test',
      severity: 'error',
      from: { path: '^packages/[^/]+/src' },
      to: { path: ['^packages/[^/]+/test/', '^(test|examples|scripts)/'] },
    },
    {
      name: 'no-cycle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared-dependency',
      severity: 'error',
      from: { path: '^packages/[^/]+/src' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    // A type that crosses the wrong way is a dependency too.
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    exclude: { path: ['(^|/)dist/', '^test/consumers/'] },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@clientcert/source', 'import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
}
