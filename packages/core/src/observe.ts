/** Telling what was decided: diagnostics channels, counters, and the words for a log. Nothing here reaches a peer. */
import { channel } from 'node:diagnostics_channel'
import type { RevokedMessage } from './change.ts'
import type { Accepted, Decision, Rejected, Unverified } from './decision.ts'
import { explain, notesOf, reasonOf } from './explain.ts'
import type { SourceEvent } from './sources/refresher.ts'
import { certificateRef } from './x509/certificate-ref.ts'
import type { Leniency } from './x509/extensions.ts'

const decisions = channel('clientcert:decision')
const sources = channel('clientcert:source')
const revocations = channel('clientcert:revocation')

/** What subscribers of `clientcert:decision` get. */
export interface DecisionMessage {
  readonly decision: Decision
  /** Whether the certificates were verified for this request, or the verdict remembered. */
  readonly answer: 'verified-now' | 'remembered' | 'not-needed'
}

/** What subscribers of `clientcert:source` get. */
export type SourceMessage = SourceEvent & { readonly epoch: number }

/** As pino and `console` have it: details first, then the message. */
export interface Logger {
  info(details: object, message: string): void
  warn(details: object, message: string): void
}

export interface Observer {
  readonly decided: (message: DecisionMessage, logger: Logger | null) => void
  readonly sourced: (message: SourceMessage) => void
  /** A revocation that was not known before. */
  readonly revoked: (message: RevokedMessage) => void
  /** Counters as Prometheus text (exposition format 0.0.4). Labels come from closed sets only. */
  readonly metrics: () => string
}

/** @param logger - Gets every refusal and everything that was passed on unverified; null for none. */
export function createObserver(logger: Logger | null): Observer {
  /** By outcome, then by code: labels put together for each request are a new string, hashed anew (0.15 us against 0.03). */
  const decided = new Map<Decision['outcome'], Map<string, number>>()
  const loads = new Map<SourceMessage['outcome'], number>([
    ['loaded', 0],
    ['kept-last-good', 0],
  ])
  const leniencies = new Map<Leniency, number>()
  let revoked = 0
  let unanswered = 0
  return {
    decided: (message, requestLogger) => {
      const { decision } = message
      const code = 'failure' in decision ? decision.failure.code : ''
      const codes = decided.get(decision.outcome)
      if (codes) codes.set(code, (codes.get(code) ?? 0) + 1)
      else decided.set(decision.outcome, new Map([[code, 1]]))
      if (decision.outcome === 'accepted' && message.answer === 'verified-now') {
        for (const leniency of decision.path.certificates.flatMap((certificate) => certificate.leniencies)) {
          leniencies.set(leniency, (leniencies.get(leniency) ?? 0) + 1)
        }
      }
      if (decisions.hasSubscribers) decisions.publish(message)
      if (decision.outcome === 'accepted' && decision.revocation.status === 'unanswered') {
        unanswered++
        if (message.answer === 'verified-now') tellUnanswered(decision, requestLogger ?? logger)
      }
      if ('failure' in decision) (requestLogger ?? logger)?.warn(logDetails(decision), reasonOf(decision))
    },
    sourced: (message) => {
      loads.set(message.outcome, (loads.get(message.outcome) ?? 0) + 1)
      if (sources.hasSubscribers) sources.publish(message)
      if (message.error) logger?.warn({ clientCertSource: message.source, epoch: message.epoch }, message.error.message)
      else logger?.info({ clientCertSource: message.source, epoch: message.epoch }, `${message.source} loaded`)
    },
    revoked: (message) => {
      revoked++
      if (revocations.hasSubscribers) revocations.publish(message)
      const { certificate, reason, revokedAt, source } = message
      const text = `certificate revoked at ${revokedAt.toISOString()} (${reason}), says ${source}: ${certificate.subject}, serial ${certificate.serial}`
      logger?.warn({ clientCertRevocation: message }, text)
    },
    metrics: () =>
      [
        '# HELP clientcert_decisions_total Requests decided, by outcome and failure code.',
        '# TYPE clientcert_decisions_total counter',
        ...[...decided].flatMap(([outcome, codes]) =>
          [...codes].map(([code, count]) => `clientcert_decisions_total{outcome="${outcome}",code="${code}"} ${count}`),
        ),
        '# HELP clientcert_source_loads_total Loads of sources after the first, and what is fetched failing and answering again.',
        '# TYPE clientcert_source_loads_total counter',
        ...[...loads].map(([outcome, count]) => `clientcert_source_loads_total{outcome="${outcome}"} ${count}`),
        '# HELP clientcert_revocation_unanswered_total Requests let in though nobody said whether the client is revoked.',
        '# TYPE clientcert_revocation_unanswered_total counter',
        `clientcert_revocation_unanswered_total ${unanswered}`,
        '# HELP clientcert_revocations_total Revocations that sources which are asked made known.',
        '# TYPE clientcert_revocations_total counter',
        `clientcert_revocations_total ${revoked}`,
        '# HELP clientcert_leniencies_total Deviations from DER or RFC 5280 let pass in verified paths.',
        '# TYPE clientcert_leniencies_total counter',
        ...[...leniencies].map(([leniency, count]) => `clientcert_leniencies_total{leniency="${leniency}"} ${count}`),
        '',
      ].join('\n'),
  }
}

function logDetails(decision: Unverified | Rejected): object {
  const { code, leg, fault, certificate } = decision.failure
  const { outcome, host } = decision
  return {
    clientCert: { outcome, code, leg, fault, certificate, ...(host && { host }), explanation: explain(decision) },
  }
}

/** `ignore-ca-error` lets a client pass whom nobody could vouch for; that must not go unsaid (Kong has logged it since 3.6). */
function tellUnanswered({ path, revocation }: Accepted, logger: Logger | null): void {
  const [endEntity] = path.certificates
  if (!endEntity) return
  const { certificates } = revocation
  const certificate = certificateRef(endEntity, 0)
  const details = { clientCert: { outcome: 'accepted', certificate, revocation: certificates } }
  const message = `client certificate accepted, revocation unanswered: [${certificate.subject}] ${notesOf(revocation).join('; ')}`
  logger?.warn(details, message.slice(0, 1_000))
}
