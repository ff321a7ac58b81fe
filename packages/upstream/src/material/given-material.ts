/** The options that are read here, of all that `createTlsContext` takes. */
export const MATERIAL_OPTION_NAMES = [
  'certChainFile',
  'privateKeyFile',
  'pem',
  'pfxFile',
  'pfx',
  'directory',
  'layout',
  'source',
  'certificate',
  'passphrase',
  'caCertChainFile',
  'whenMissing',
  'warnBeforeExpirySeconds',
] as const

export type MaterialOptionName = (typeof MATERIAL_OPTION_NAMES)[number]

/** What was given of them, by a reader that refused every other name. */
export type GivenMaterial = { readonly [Name in MaterialOptionName]?: unknown }
