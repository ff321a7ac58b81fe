import type { Authenticator, ClientIdentity } from '@clientcert/core'
import type { Request } from 'express'
import { Strategy } from 'passport-strategy'

/** Finds the user to whom a verified certificate belongs; null for nobody. */
export type FindUser = (identity: ClientIdentity) => Promise<Express.User | null>

/** A passport strategy: who is refused here may still come in by the next strategy. The reason is in the authenticator's log. */
export class ClientCertStrategy extends Strategy {
  readonly name = 'client-cert'
  readonly #authenticator: Authenticator
  readonly #findUser: FindUser

  constructor(authenticator: Authenticator, findUser: FindUser) {
    super()
    this.#authenticator = authenticator
    this.#findUser = findUser
  }

  override authenticate(request: Request): void {
    this.#decide(request).catch((thrown: unknown) => {
      this.error(thrown instanceof Error ? thrown : new Error('client-cert', { cause: thrown }))
    })
  }

  async #decide(request: Request): Promise<void> {
    const decision = this.#authenticator.remembered(request) ?? (await this.#authenticator.authenticate(request))
    if (decision.outcome === 'rejected') return this.fail(this.#authenticator.refusal(decision).statusCode)
    if (decision.outcome !== 'accepted') return this.fail(401)
    const user = await this.#findUser(decision.identity)
    return user ? this.success(user) : this.fail(403)
  }
}
