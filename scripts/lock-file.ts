/**
 * What `npm ci` demands of package-lock.json beyond what `npm install` writes into it.
 *
 * A tool with native parts names one optional package per platform. `npm install` leaves out those that its registry does
 * not have, as a mirror for one platform may not; `npm ci` then refuses the lock file with `Missing: ... from lock file`,
 * on every platform (npm 11.19.1). Pure: the parsed file in, what is missing out.
 */

export type LockedPackage = Readonly<{
  version?: string
  optionalDependencies?: Readonly<Record<string, string>>
}>

export type LockFile = Readonly<{ packages: Readonly<Record<string, LockedPackage>> }>

export type MissingPackage = Readonly<{ path: string; name: string; version: string }>

/** The optional packages that a locked package names and the lock file does not have. */
export function missingPackages({ packages }: LockFile): MissingPackage[] {
  return Object.entries(packages).flatMap(([parent, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !isLocked(packages, parent, name))
      .map(([name, version]) => ({ path: `node_modules/${name}`, name, version })),
  )
}

/**
 * An entry that makes npm pass the package over on every platform but its own.
 *
 * It has no `integrity`: the hash is not known where the package is not. Complete the lock file against a registry that
 * has every package, and the hashes come with it.
 */
export function entryFor({ name, version }: MissingPackage): Record<string, unknown> {
  const [, os, cpu, abi] =
    /-(android|darwin|freebsd|linux|openbsd|openharmony|win32)-([a-z0-9]+)(?:-([a-z]+))?$/.exec(name) ?? []
  if (os === undefined || cpu === undefined || !/^\d+\.\d+\.\d+/.test(version)) {
    throw new Error(`${name}@${version}: its platform cannot be told from its name; add its entry by hand`)
  }
  const libc = abi?.startsWith('musl') ? ['musl'] : ['glibc']
  return { version, cpu: [cpu], dev: true, ...(os === 'linux' && abi ? { libc } : {}), optional: true, os: [os] }
}

/** Node's own walk: the nearest node_modules at or above the parent. */
function isLocked(packages: LockFile['packages'], parent: string, name: string): boolean {
  for (let at = parent; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (`${at === '' ? '' : `${at}/`}node_modules/${name}` in packages) return true
    if (at === '') return false
  }
}
