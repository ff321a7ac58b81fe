import { dirname, join } from 'node:path'
import { SourceError, type TlsMaterialSource, watchPaths } from '@clientcert/core'
import type { Found, FoundMaterial } from './found-material.ts'
import { LAYOUTS } from './layouts.ts'
import type { ResolvedMaterial } from './material-options.ts'
import { readDirectory } from './read-directory.ts'
import { bounded, readFound } from './read-files.ts'
import type { MaterialPlace } from './read-place.ts'
import { readLoaded } from './read-source.ts'

/** One way to read material, whatever kind it is. */
export interface MaterialReader {
  /** For people and `status()`. */
  readonly name: string
  /** @throws {MaterialError} And whatever a source of the application throws. */
  readonly read: () => FoundMaterial | Promise<FoundMaterial>
  /** Calls `changed` when there may be something else to read, until the returned function is called. */
  readonly watch: (changed: () => void) => () => void
  /** Whether something may change of which nobody would tell: then it is read again and again. */
  readonly isSilent: boolean
}

/** How often files are looked at where no notification came, as for a directory that does not exist yet. Eleven calls of `stat` take 0.09 ms. */
const FOLLOW_POLL_MS = 1000

/** @param report - Gets what goes wrong in a source's own watch. */
export function createMaterialReader(
  { place, caCertChainFile }: ResolvedMaterial,
  report: (error: Error) => void,
): MaterialReader {
  const paths = [...pathsOf(place), ...(caCertChainFile === null ? [] : [caCertChainFile])]
  const withAuthorities = (found: FoundMaterial): FoundMaterial =>
    caCertChainFile === null ? found : { ...found, authorities: readAuthorities(caCertChainFile) }
  const source = place.kind === 'source' ? place.source : null
  return {
    name: nameOf(place, caCertChainFile),
    read: () => {
      const found = readPlace(place, caCertChainFile === null ? 'here' : 'elsewhere')
      return isPromise(found) ? found.then(withAuthorities) : withAuthorities(found)
    },
    watch: (changed) => {
      const stops = [
        paths.length === 0 ? null : watchPaths(watchedOf(place, paths), () => paths, changed, FOLLOW_POLL_MS),
        source === null ? null : watchSource(source, changed, report),
      ]
      return () => {
        for (const stop of stops) stop?.()
      }
    },
    isSilent: source !== null && source.watch === undefined,
  }
}

const readAuthorities = (path: string): Found =>
  readFound('caCertChainFile', path, 'the certificates of the authorities')

function readPlace(place: MaterialPlace, hasAuthorities: 'here' | 'elsewhere'): FoundMaterial | Promise<FoundMaterial> {
  switch (place.kind) {
    case 'files': {
      const { certChainFile, privateKeyFile, passphrase } = place
      const certChain = readFound('certChainFile', certChainFile, 'the certificate')
      const privateKey = readFound('privateKeyFile', privateKeyFile, 'the private key')
      return { own: { kind: 'pair', certChain, privateKey, passphrase }, authorities: null }
    }
    case 'pem': {
      const { passphrase, caCertChain } = place
      const certChain = given('pem.certChain', place.certChain)
      const privateKey = given('pem.privateKey', place.privateKey)
      const authorities = caCertChain === null ? null : given('pem.caCertChain', caCertChain)
      return { own: { kind: 'pair', certChain, privateKey, passphrase }, authorities }
    }
    case 'pfxFile': {
      const pfx = readFound('pfxFile', place.pfxFile, 'the certificate and its key')
      return { own: { kind: 'pfx', pfx, passphrase: place.passphrase }, authorities: null }
    }
    case 'pfx':
      return { own: { kind: 'pfx', pfx: given('pfx', place.pfx), passphrase: place.passphrase }, authorities: null }
    case 'directory':
      return readDirectory(place.directory, place.layout, hasAuthorities)
    case 'source': {
      const { source } = place
      const loaded = source.load()
      return isPromise(loaded)
        ? Promise.resolve(loaded).then((material) => readLoaded(source, material))
        : readLoaded(source, loaded)
    }
    case 'none':
      return { own: null, authorities: null }
    default:
      return place satisfies never
  }
}

const given = (option: string, bytes: Uint8Array): Found => bounded({ option, from: `\`${option}\``, bytes })

/** The paths whose content counts. */
function pathsOf(place: MaterialPlace): readonly string[] {
  switch (place.kind) {
    case 'files':
      return [place.certChainFile, place.privateKeyFile]
    case 'pfxFile':
      return [place.pfxFile]
    case 'directory': {
      const files = Object.entries(LAYOUTS)
        .filter(([name]) => place.layout === null || place.layout === name)
        .flatMap(([, { certChain, privateKey, authorities }]) => [certChain, privateKey, authorities])
      return [place.directory, ...['..data', ...files].map((file) => join(place.directory, file))]
    }
    case 'pem':
    case 'pfx':
    case 'source':
    case 'none':
      return []
    default:
      return place satisfies never
  }
}

/** Where notifications are asked for: what changes when a file is replaced is its directory. */
const watchedOf = (place: MaterialPlace, paths: readonly string[]): readonly string[] => [
  ...new Set(
    place.kind === 'directory'
      ? [place.directory, ...paths.filter((path) => dirname(path) !== place.directory).map(dirname)]
      : [...paths, ...paths.map(dirname)],
  ),
]

/** A source is the application's own: one that throws is not followed, and that is said. */
function watchSource(source: TlsMaterialSource, changed: () => void, report: (error: Error) => void): () => void {
  const attempt = <Value>(watching: () => Value): Value | undefined => {
    try {
      return watching()
    } catch (thrown) {
      report(new SourceError(source.name, thrown))
      return undefined
    }
  }
  const stop: unknown = attempt(() => source.watch?.(changed))
  return () => {
    if (typeof stop === 'function') attempt(() => Reflect.apply(stop, undefined, []) as unknown)
  }
}

function nameOf(place: MaterialPlace, caCertChainFile: string | null): string {
  const authorities = caCertChainFile === null ? '' : ` with ${caCertChainFile}`
  switch (place.kind) {
    case 'files':
      return `${place.certChainFile} and ${place.privateKeyFile}${authorities}`
    case 'pem':
      return `\`pem\`${authorities}`
    case 'pfxFile':
      return `${place.pfxFile}${authorities}`
    case 'pfx':
      return `\`pfx\`${authorities}`
    case 'directory':
      return `${place.directory}${authorities}`
    case 'source':
      return `${place.source.name}${authorities}`
    case 'none':
      return `no certificate${authorities}`
    default:
      return place satisfies never
  }
}

/** By its shape: a promise of another realm is no `Promise` of this one. */
const isPromise = <Content>(value: Content | Promise<Content>): value is Promise<Content> =>
  typeof value === 'object' && value !== null && 'then' in value
