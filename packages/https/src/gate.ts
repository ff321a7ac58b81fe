/**
 * The gate in front of a server's listeners.
 *
 * A listener among others could guard nothing: Node calls all of them, in the order in which they were added, and each event that carries a request
 * has its own. So the gate stands where all of them are called from, in `emit`. Whatever listens, and whenever it was added, is behind it:
 * `new WebSocketServer({ server })` needs to know nothing. `dropRequest` carries a request as well, and Node has refused that one by itself.
 */
import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { writeAnswerRaw } from './answer.ts'
import type { Decide } from './decide.ts'
import { guardListener } from './listener.ts'

type Emit = (event: string | symbol, ...args: readonly unknown[]) => boolean
type OfResponse = [request: IncomingMessage, response: ServerResponse]
type OfSocket = [request: IncomingMessage, socket: Duplex, head: Buffer]

/** Who decides: about a request, and about what takes the whole connection. */
export interface Deciders {
  readonly ofRequest: Decide
  readonly ofSocket: Decide
}

/** @param vary - The request header on which answers depend; null for none. */
export function gateEvents(server: EventEmitter, { ofRequest, ofSocket }: Deciders, vary: string | null): void {
  const emit: Emit = server.emit.bind(server)

  const gateSocket = (event: string, request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Node has taken its own listener off, and a reset while this is decided would end the process.
    const ignore = () => {}
    socket.on('error', ignore)
    ofSocket(request, (answer) => {
      socket.off('error', ignore)
      if (answer) writeAnswerRaw(request, socket, answer, vary)
      else if (!emit(event, request, socket, head)) socket.destroy() // As Node does where nobody listens.
    })
  }

  const gated: Emit = (event, ...args) => {
    switch (event) {
      case 'request':
      case 'checkContinue':
      case 'checkExpectation':
        guardListener(ofRequest, vary, (...both) => emit(event, ...both))(...(args as OfResponse))
        break
      case 'upgrade':
      case 'connect':
        gateSocket(event, ...(args as OfSocket))
        break
      default:
        return emit(event, ...args)
    }
    return server.listenerCount(event) > 0
  }

  server.emit = gated
  server.on('checkContinue', (...[request, response]: OfResponse) => {
    // Where nobody listens for this, Node asks for the body before it tells anybody of the request: before the client is known.
    if (server.listenerCount('checkContinue') > 1) return // The application does it itself.
    response.writeContinue()
    emit('request', request, response)
  })
}
