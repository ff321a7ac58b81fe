import { type ConsulAgent, DEFAULT_CLOCK } from '@clientcert/testing'
import { onTestFinished } from 'vitest'
import type { Timing } from '../src/agent/timing.ts'
import { type ConsulConnect, connectOf } from '../src/connect.ts'
import { type FollowedConnect, followConnect } from '../src/follow-connect.ts'
import { type ConsulConnectOptions, resolveConsulOptions } from '../src/options.ts'

/** The same as `createConsulConnect`, and waits of milliseconds. */
export const FAST: Timing = { waitMs: 60, requestTimeoutMs: 2_000, paceMs: 5, firstRetryMs: 5, lastRetryMs: 20 }

export interface Fast {
  readonly connect: ConsulConnect
  readonly followed: FollowedConnect
}

export function connectFast(
  agent: Pick<ConsulAgent, 'url'>,
  options: Partial<ConsulConnectOptions> = {},
  timing: Partial<Timing> = {},
): Fast {
  const resolved = {
    ...resolveConsulOptions({ service: 'web', url: agent.url, clock: () => DEFAULT_CLOCK, ...options }),
    timing: { ...FAST, ...timing },
  }
  const followed = followConnect(resolved)
  onTestFinished(() => followed.close())
  return { connect: connectOf(followed, resolved), followed }
}

/** Resolves when something holds, looked at whenever the connection says that something changed, and every few milliseconds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => void setTimeout(resolve, 3))
}
