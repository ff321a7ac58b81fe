import type { IncomingMessage, ServerResponse } from 'node:http'
import type { NodeRequest } from '@clientcert/core'
import { type NodeResponse, writeAnswer } from './answer.ts'
import type { Decide } from './decide.ts'
import type { ClientCertRequest } from './request.ts'
import { addVary } from './vary.ts'

/** As of `request` events, of node:http, node:https, and node:http2 in its compatible form. */
export type Listener<Request extends NodeRequest = IncomingMessage, Response extends NodeResponse = ServerResponse> = (
  request: Request,
  response: Response,
) => unknown

/** A listener whose requests came past a guard. */
export type ClientCertListener<
  Request extends NodeRequest = IncomingMessage,
  Response extends NodeResponse = ServerResponse,
> = Listener<ClientCertRequest<Request>, Response>

/** Puts a decision before a listener, which sees only whom it lets pass. */
export const guardListener =
  <Request extends NodeRequest, Response extends NodeResponse>(
    decide: Decide,
    vary: string | null,
    listener: ClientCertListener<Request, Response>,
  ) =>
  (request: Request, response: Response): void => {
    if (vary !== null) addVary(response, vary)
    decide(request, (answer) => {
      if (answer) writeAnswer(response, answer)
      else listener(request as ClientCertRequest<Request>, response)
    })
  }
