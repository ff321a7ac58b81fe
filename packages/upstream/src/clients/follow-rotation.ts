import type { Connector } from '../connection/connector.ts'

const forgotten = new FinalizationRegistry<() => void>((stop) => stop())

/**
 * Calls `retire` with the client after every change of material, for as long as there is one: a context lives as long as its process, and an application
 * that makes an agent for each request must not fill its list of listeners.
 *
 * @param retire - Must not hold the client by itself.
 */
export function followRotation<Client extends object>(
  connector: Connector,
  client: Client,
  retire: (client: Client) => void,
): void {
  const reference = new WeakRef(client)
  const stop = connector.onRotation(() => {
    const client = reference.deref()
    if (client !== undefined) retire(client)
  })
  forgotten.register(client, stop)
}

/** Whether a request may still be sent over this connection. */
export const isUsable = (connector: Connector, socket: object): boolean =>
  !connector.isClosed() && connector.isCurrent(socket)
