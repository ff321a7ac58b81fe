import { cpus, loadavg } from 'node:os'

/** What was measured, and on what. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly node: string
  /** The one that Node has in it. */
  readonly openssl: string
  /** Whether the packages as they are published, or their source through a loader. */
  readonly measured: string
  readonly clock: string
  readonly load: string
  /** What only the part knows: `c` is the OpenSSL that a program in C is linked with. */
  readonly [more: string]: string | number
}

/** @param more - What the part that was measured adds, or says better. */
export function describeMachine(more: Readonly<Record<string, string>>): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    node: process.version,
    openssl: process.versions.openssl,
    measured: `public exports, ${isSource() ? 'from source: tsx slows it, so no figure counts' : 'as built'}`,
    clock: 'the smaller of wall and processor time',
    load: `${loadavg()[0]?.toFixed(2)} in the last minute`,
    ...more,
  }
}

/** `--conditions` as it was given to this process. */
export const isSource = (): boolean => process.execArgv.some((argument) => argument.includes('@clientcert/source'))
