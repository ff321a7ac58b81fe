import type { Server } from 'node:tls'

const madeWith = new WeakMap<Server, object>()

/** Notes what a server was made with, so that a context that replaces its own forgets nothing of it. */
export const noteServerTls = (server: Server, tls: object): void => void madeWith.set(server, tls)

/** What `createServer` made a server with; undefined for servers of others. */
export const serverTlsOf = (server: Server): object | undefined => madeWith.get(server)
