import type { Connector } from '../connection/connector.ts'

const forgotten = new FinalizationRegistry<() => void>((stop) => stop())

/** What holds connections, and can let go of those that nothing should be sent over any more. */
interface Holder {
  retire(): void
}

/**
 * Has the holder retire its connections after every change of material, for as long as somebody has the holder: a context lives as long as its process,
 * and an application that makes an agent for each request must not fill its list of listeners. (Nothing here may be a closure of the holder's, which would
 * keep it.)
 */
export function followRotation(connector: Connector, holder: Holder): void {
  const reference = new WeakRef(holder)
  const stop = connector.onRotation(() => reference.deref()?.retire())
  forgotten.register(holder, stop)
}

/** Whether a request may still be sent over this connection. */
export const isUsable = (connector: Connector, socket: object): boolean =>
  !connector.isClosed() && connector.isCurrent(socket)
