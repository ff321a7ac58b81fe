import type { IncomingMessage } from 'node:http'
import { Server } from 'node:net'
import type { Authenticator, Logger } from '@clientcert/core'
import { loggerOf } from './decide.ts'

/**
 * Creates the check of servers, each at its first request: Express tells nobody which server it is given to or when that listens. What is wrong is
 * said once, in the log or as a warning of the process, and answers every request.
 *
 * @returns A function that finds what is wrong with the server that a request came to; undefined where nothing is.
 */
export function createServerCheck(
  { checkServer }: Authenticator,
  ownLogger: Logger | undefined,
): (request: IncomingMessage) => Error | undefined {
  const sound = new WeakSet<object>()
  const problems = new WeakMap<object, Error>()
  return (request) => {
    const server = serverOf(request)
    if (server === undefined || sound.has(server)) return undefined
    const known = problems.get(server)
    if (known) return known
    try {
      checkServer(server)
      sound.add(server)
      return undefined
    } catch (error) {
      const problem = error instanceof Error ? error : new Error('the server cannot be checked', { cause: error })
      problems.set(server, problem)
      const logger = loggerOf(request) ?? ownLogger
      if (logger) logger.warn({ err: problem }, problem.message)
      else process.emitWarning(problem.message, 'ClientCertWarning')
      return problem
    }
  }
}

/** Node notes it on every socket; undefined for requests that were made up, as tests do. */
function serverOf({ socket }: IncomingMessage): Server | undefined {
  const server: unknown = 'server' in socket ? socket.server : undefined
  return server instanceof Server ? server : undefined
}
