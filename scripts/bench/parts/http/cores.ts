/** One core for the server (and what stands before it), another for the load: whoever shares one with the load is measured with it. */
import { spawnSync } from 'node:child_process'

export interface Cores {
  /** Null where processes cannot be kept on a core. */
  readonly server: number | null
  readonly load: number | null
  readonly said: string
}

export function findCores(): Cores {
  const isPinnable = [0, 1].every((core) => spawnSync('taskset', ['-c', `${core}`, 'true']).status === 0)
  return isPinnable
    ? { server: 0, load: 1, said: 'servers on core 0, load on core 1' }
    : { server: null, load: null, said: 'not pinned to cores: taskset (util-linux) and two cores are needed' }
}

/** The command that runs another on one core. */
export const pinned = (core: number | null, command: readonly string[]): readonly string[] =>
  core === null ? command : ['taskset', '-c', `${core}`, ...command]
