import type { Authenticator, ClientIdentity } from '@clientcert/core'
import { type CanActivate, type ExecutionContext, HttpException } from '@nestjs/common'
import type { Request, Response } from 'express'

/** A Nest guard: notes the client on the request, or refuses. The reason is in the authenticator's log. */
export class ClientCertGuard implements CanActivate {
  readonly #authenticator: Authenticator

  constructor(authenticator: Authenticator) {
    this.#authenticator = authenticator
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp()
    const request = http.getRequest<Request & { clientCert?: ClientIdentity | null }>()
    const decision = this.#authenticator.remembered(request) ?? (await this.#authenticator.authenticate(request))
    if (decision.outcome === 'rejected') {
      const refusal = this.#authenticator.refusal(decision, undefined, request)
      http.getResponse<Response>().set(refusal.headers)
      throw new HttpException({ message: refusal.message }, refusal.statusCode)
    }
    request.clientCert = decision.outcome === 'accepted' ? decision.identity : null
    return true
  }
}
