/** The last scene: the gateway of examples/gateway calls its mesh under load, while the certificate that it calls with is replaced again and again. */
import { Agent } from 'node:https'
import type { AddressInfo } from 'node:net'
import { startMesh } from '../../examples/gateway/mesh.ts'
import { start } from '../../examples/gateway/server.ts'
import { type Ask, askByAgent, type Load, startLoad } from '../../test/upstream/load.ts'
import { createLog } from './log.ts'
import type { Pki } from './pki.ts'

export const ROTATIONS = 8
const LOOPS = 8
/** So many requests are answered between one rotation and the next, so that each certificate is used. */
const BETWEEN = 100
/** Rotating takes a tenth of a second each; where it takes so long, it does not happen. */
const LATEST_MS = 20_000

/** How it stands after some rotations. */
export interface Standing {
  readonly rotations: number
  readonly requests: number
  readonly failed: number
  /** Certificates with which the service was called. */
  readonly seen: number
  /** With the certificate that was replaced, when it was and since then; and with the new one. */
  readonly connections: { readonly old: number; readonly stillOld: number; readonly new: number }
  /** Why the first that failed did. */
  readonly reason: string | null
}

/** Runs the scene, and yields how it stands after each rotation. Ends early where rotations do not come. */
export async function* rotateUnderLoad(pki: Pki): AsyncGenerator<Standing, void> {
  const mesh = await startMesh(pki.trust)
  process.once('exit', mesh.removeCertificates)
  const { gateway, istio } = await start({
    ...pki.server,
    ...mesh,
    trust: pki.trust,
    port: 0,
    logger: createLog().logger,
  })
  const { fullChainPem: cert, privateKeyPem: key } = pki.clients.good ?? pki.bob
  // The gateway is on the loopback, with a certificate made for this run.
  const agent = new Agent({ cert, key, keepAlive: true, rejectUnauthorized: false })
  const { port } = gateway.server.address() as AddressInfo
  const load = startLoad([visit(askByAgent(`https://localhost:${port}`, agent))], LOOPS)
  const latest = AbortSignal.timeout(LATEST_MS)
  try {
    await answered(load, latest)
    while (!latest.aborted && istio.status().rotations < ROTATIONS) {
      const rotated = once(istio.onRotation, latest)
      mesh.rotate()
      await rotated
      const { retiring: old } = istio.status().connections
      await answered(load, latest)
      const { rotations, connections } = istio.status()
      const [failure] = load.failures
      yield {
        rotations,
        requests: load.ended(),
        failed: load.failures.length,
        seen: mesh.seen.size,
        connections: { old, stillOld: connections.retiring, new: connections.open - connections.retiring },
        reason: failure instanceof Error ? failure.message : null,
      }
    }
  } finally {
    await load.stop()
    agent.destroy()
    await gateway.close()
    process.off('exit', mesh.removeCertificates)
    await mesh.close()
  }
}

/** What is not as it has to be at the end, in words. Nothing, if all is well. */
export function differencesAfter(last: Standing | null): readonly string[] {
  const { rotations = 0, failed = 0, seen = 0, reason = null } = last ?? {}
  return [
    ...(failed === 0 ? [] : [`${failed} requests failed, the first: ${reason}`]),
    ...(rotations >= ROTATIONS ? [] : [`${rotations} of ${ROTATIONS} rotations`]),
    ...(seen > rotations ? [] : [`${seen} certificates were seen upstream after ${rotations} rotations`]),
  ]
}

/** What a client asks of the gateway, and what has to come of it: the service knows who it is. */
const visit = (ask: Ask) => async (turn: number) => {
  const text = await ask(`/productpage/?u=${turn}`, turn % 2 === 0 ? undefined : 'x'.repeat(1000))
  const expected = JSON.stringify({ client: 'CN=alice', path: `/productpage?u=${turn}` })
  if (text !== expected) throw new Error(`${text} is not ${expected}`)
}

async function answered(load: Load, latest: AbortSignal): Promise<void> {
  const enough = load.ended() + BETWEEN
  while (load.ended() < enough && !latest.aborted) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Resolves at the next event, or when it is too late for one. */
function once(subscribe: (listener: () => void) => () => void, latest: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = subscribe(() => {
      stop()
      resolve()
    })
    latest.addEventListener('abort', () => {
      stop()
      resolve()
    })
  })
}
