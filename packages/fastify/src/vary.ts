import type { onSendHookHandler } from 'fastify'

/**
 * Creates the hook that says in `Vary` on which request header the answers depend (RFC 9440 section 3), beside what handlers say there. In `onSend`,
 * because Fastify's `reply.header` replaces what was set before.
 */
export const createVaryHook =
  (header: string): onSendHookHandler =>
  (request, reply, payload, done) => {
    // Where nobody looked at the header, a cache need not either.
    if (request.clientCertDecision?.outcome === 'skipped') return done(null, payload)
    const said = reply.getHeader('vary')
    // Nearly always, and a tenth of what the rest takes.
    if (said === undefined) {
      reply.header('vary', header)
      return done(null, payload)
    }
    const fields = [said].flat().flatMap((value) => String(value).split(','))
    const names = fields.map((field) => field.trim()).filter((field) => field !== '')
    const isSaid = names.some((name) => name === '*' || name.toLowerCase() === header)
    if (!isSaid) reply.header('vary', [...names, header].join(', '))
    done(null, payload)
  }
