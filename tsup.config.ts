import { readdirSync, readFileSync } from 'node:fs'
import { defineConfig, type Options } from 'tsup'

type PackageJson = Readonly<{
  exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  bin?: Readonly<Record<string, string>>
}>

/** One build per package. The entries are read from `exports` and `bin`, so a subpath or program is declared once. */
export default defineConfig(readdirSync('packages').map(buildOf))

function buildOf(name: string): Options {
  const directory = `packages/${name}`
  return {
    name,
    entry: entriesOf(directory),
    outDir: `${directory}/dist`,
    format: 'esm',
    // The floor of `engines`.
    target: 'node20.19',
    platform: 'node',
    splitting: true,
    sourcemap: true,
    clean: true,
    dts: true,
    tsconfig: 'tsconfig.build.json',
    // The directory of the build is the root, whose package.json declares no run-time dependency: say that none is bundled.
    skipNodeModulesBundle: true,
    external: [/^[^./]/],
  }
}

function entriesOf(directory: string): Record<string, string> {
  const { exports, bin = {} } = JSON.parse(readFileSync(`${directory}/package.json`, 'utf8')) as PackageJson
  const sources = Object.values(exports).flatMap((target) => {
    const source = typeof target === 'string' ? undefined : target['@clientcert/source']
    return source === undefined ? [] : [source.replace('./src/', '')]
  })
  // A program has no condition: it is the built file, and its source stands where that would be.
  const programs = Object.values(bin).map((built) => built.replace('./dist/', '').replace(/\.js$/, '.ts'))
  return Object.fromEntries(
    [...sources, ...programs].map((source) => [source.replace(/\.ts$/, ''), `${directory}/src/${source}`]),
  )
}
