/** Nest: a global guard. */
import 'reflect-metadata'
import type { Server } from 'node:https'
import { type ClientIdentity, createAuthenticator, type TrustInput, tlsOptions } from '@clientcert/core'
import { Controller, Get, type INestApplication, Module, Req } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ClientCertGuard } from './client-cert.guard.ts'

@Controller()
class WhoAmI {
  @Get()
  show(@Req() request: { clientCert: ClientIdentity | null }) {
    return { client: request.clientCert?.subject }
  }
}

@Module({ controllers: [WhoAmI] })
class App {}

export async function start(options: { key: string; cert: string; trust: TrustInput; port: number }): Promise<Server> {
  const authenticator = createAuthenticator({ trust: options.trust, mode: 'required' })
  const httpsOptions = tlsOptions({ key: options.key, cert: options.cert })
  const app = await NestFactory.create<INestApplication<Server>>(App, { httpsOptions, logger: ['warn', 'error'] })
  const server = app.getHttpServer()
  authenticator.checkServer(server)
  server.on('close', authenticator.close)
  app.useGlobalGuards(new ClientCertGuard(authenticator))
  await app.listen(options.port)
  return server
}
