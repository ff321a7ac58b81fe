import { cpus, loadavg } from 'node:os'

/** What was measured, and on what. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly node: string
  /** The one that Node has in it. */
  readonly openssl: string
  /** The one that the program in C is linked with. */
  readonly c: string
  /** Whether the packages as they are published, or their source through a loader. */
  readonly measured: string
  readonly clock: string
  readonly load: string
}

export function describeMachine(c: string): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    node: process.version,
    openssl: process.versions.openssl,
    c,
    measured: `public exports of @clientcert/core, ${isSource() ? 'from source: tsx slows it, so no figure counts' : 'as built'}`,
    clock: 'the smaller of wall and processor time',
    load: `${loadavg()[0]?.toFixed(2)} in the last minute`,
  }
}

/** `--conditions` as it was given to this process. */
export const isSource = (): boolean => process.execArgv.some((argument) => argument.includes('@clientcert/source'))
