import type { ClientCertFailure, DecidingHost, Decision, Rejected, Unverified } from './decision.ts'
import { escapeHostile } from './encoding/escape.ts'
import type { CertificateRef, FailureBase, FailureWith } from './failure.ts'
import type { NearAnchor, PathEvidence } from './path/failures.ts'
import { UNANCHORED_CODES } from './path/rank.ts'
import type { RevocationReport } from './revocation/report.ts'
import type { SignaturesEvidence } from './signatures/failures.ts'
import { certificateRef } from './x509/certificate-ref.ts'

/** Longest line, in characters; each text within is capped already. */
const MAX_LINE = 1_000

/**
 * Explains a decision in lines that a person can act on: which certificate, which rule, what the store holds instead, what to do.
 *
 * For logs and terminals: every text that a stranger chose is escaped. Not for the peer.
 */
export function explain(decision: Decision): readonly string[] {
  const [first = '', ...others] = linesOf(decision)
  return decision.host ? [first, cut(`host: ${describeHost(decision.host)}`), ...others] : [first, ...others]
}

function linesOf(decision: Decision): readonly string[] {
  switch (decision.outcome) {
    case 'accepted': {
      const { subject, serialNumber, anchor } = decision.identity
      const name = escapeHostile(subject || '(empty name)')
      return [
        `accepted: ${name}, serial ${serialNumber.slice(0, 64)}`,
        `by: ${escapeHostile(anchor.subject)}${anchor.id === null ? '' : ` (id ${escapeHostile(anchor.id)})`}, ${decision.path.certificates.length} certificates in the path`,
        `revocation: ${decision.revocation.status}`,
        ...notesOf(decision.revocation).map((note) => cut(`unanswered: ${note}`)),
      ]
    }
    case 'anonymous':
      return ['anonymous: no certificate was presented, and the mode does not require one']
    case 'skipped':
      return ['skipped: the mode is off, nothing was looked at']
    case 'unverified':
    case 'rejected':
      return explainFailure(decision.outcome, decision.failure, refOfClient(decision))
    default:
      return decision satisfies never
  }
}

/** Which entry of `hosts` decided; what the connection was opened for, where that is another host. */
function describeHost({ entry, servername, isMisdirected }: DecidingHost): string {
  const other = servername === null || servername === entry ? '' : `; the connection was opened for ${servername}`
  const answer = isMisdirected ? ': refused as misdirected (421), to be asked again on a connection of its own' : ''
  return `judged by ${entryName(entry)}${other}${answer}`
}

const entryName = (entry: string | null): string => (entry === null ? 'no entry of hosts' : `hosts['${entry}']`)

/** Why nobody answered, for each certificate without an answer; of an issuer with its name. */
export const notesOf = ({ certificates }: RevocationReport): readonly string[] =>
  certificates
    .filter(({ status }) => status === 'unanswered')
    .map(
      ({ position, subject, notes }) =>
        `${position === 0 ? '' : `${positionName(position)}, ${subject}: `}${notes.join('; ')}`,
    )

/** A decision's reason in one line, for the message of a log entry. */
export const reasonOf = (decision: Decision): string => {
  if (!('failure' in decision)) return explain(decision)[0] ?? decision.outcome
  const { code, certificate, message } = decision.failure
  const client = refOfClient(decision)
  const whose = client ? ` of ${client.subject}` : ''
  const which = certificate ? ` [${ownerName(decision.failure)}${whose}: ${certificate.subject}]` : ''
  const { host } = decision
  const where = host ? ` by ${entryName(host.entry)}${host.isMisdirected ? ', misdirected (421)' : ''}` : ''
  return cut(`client certificate ${decision.outcome}${where}: ${code}${which} ${message}`)
}

/** The client, where the failure is about another certificate of its path. */
function refOfClient({ failure, presented }: Unverified | Rejected): CertificateRef | undefined {
  if (!failure.certificate || failure.certificate.position === 0 || !presented?.certificate) return undefined
  return certificateRef(presented.certificate, 0)
}

function explainFailure(
  outcome: 'unverified' | 'rejected',
  failure: ClientCertFailure,
  client: CertificateRef | undefined,
): readonly string[] {
  const { code, certificate, clause, message, hint, others } = failure
  const lines = [`${outcome}: ${code}: ${message}`]
  if (client) lines.push(`client: ${client.subject}, serial ${client.serial}, SHA-256 ${client.fingerprint}`)
  if (certificate) {
    const { subject, serial, fingerprint } = certificate
    lines.push(`certificate: ${ownerName(failure)}: ${subject}, serial ${serial}, SHA-256 ${fingerprint}`)
  }
  lines.push(`rule: ${clause}`, ...searchOf(failure))
  if (failure.code === 'ERR_EVIDENCE_UNTRUSTED_PEER' && failure.proxyFailure) {
    const { proxyFailure } = failure
    const issuer = proxyFailure.certificate?.position ? proxyFailure.certificate : null
    const of = issuer ? ` of ${positionName(issuer.position)}, ${issuer.subject}, SHA-256 ${issuer.fingerprint}` : ''
    lines.push(
      `proxy: its certificate fails by ${proxyFailure.code}${of} (${proxyFailure.clause}), judged by \`trust\` and \`allow\` of onlyFrom.certificate: ${proxyFailure.hint}`,
      ...searchOf(proxyFailure),
    )
  }
  if ('proxyHint' in failure && failure.proxyHint !== '') lines.push(`proxy: ${failure.proxyHint}`)
  lines.push(`to do: ${hint}`)
  if (others.length > 0)
    lines.push(`also tried: ${others.map((other) => `${other.code}: ${other.message}`).join('; ')}`)
  return lines.map(cut)
}

/** What was looked for among the anchors, and what there is; or the issuer whose key was tried. Nothing for all other failures. */
function searchOf(failure: FailureBase): readonly string[] {
  if (isUnanchored(failure)) {
    const { issuer, keyIdentifier, nearest, anchorsHeld } = failure
    return [
      `looked for: ${issuer}${keyIdentifier ? `, key identifier ${keyIdentifier}` : ''}`,
      ...(nearest.length === 0 ? [`the store holds ${anchorsHeld} anchors, none with a similar name`] : []),
      ...nearest.map(describeAnchor),
    ]
  }
  if (!isSignatureInvalid(failure)) return []
  const { issuer, issuerFingerprint, keyIdentifier: held, namedKeyIdentifier: named } = failure
  const isOther = held !== null && named !== null && held !== named
  const verdict = isOther
    ? `; the certificate names the key ${named}: it is forged, or the authority has a new key`
    : ''
  return [`tried: ${issuer}, SHA-256 ${issuerFingerprint}${held === null ? '' : `, key ${held}`}${verdict}`]
}

/** A code is made by its leg's table alone, with the evidence that belongs to it. */
const isUnanchored = (
  failure: FailureBase,
): failure is FailureWith<PathEvidence, 'ERR_PATH_ISSUER_MISSING' | 'ERR_PATH_SELF_SIGNED' | 'ERR_PATH_NO_ANCHOR'> =>
  UNANCHORED_CODES.has(failure.code)

const isSignatureInvalid = (
  failure: FailureBase,
): failure is FailureWith<SignaturesEvidence, 'ERR_SIGNATURES_INVALID'> => failure.code === 'ERR_SIGNATURES_INVALID'

const LIKENESS: Readonly<Record<NearAnchor['likeness'], string>> = {
  'same-name-and-key': 'has that name and key, but is another certificate: the authority was probably issued again',
  'excluded-by-route': 'has that name, but the `anchors` of this route do not name it',
  'similar-name': 'has part of that name',
  'only-held': 'is all there is',
}

const describeAnchor = ({ subject, fingerprint, id, origin, likeness }: NearAnchor): string =>
  `the store holds: ${subject}${id === null ? '' : ` (id ${escapeHostile(id)})`}, SHA-256 ${fingerprint}, from ${escapeHostile(origin)}: ${LIKENESS[likeness]}`

/** Whose certificate a failure speaks of. */
const ownerName = ({ code, certificate }: FailureBase): string =>
  code === 'ERR_EVIDENCE_UNTRUSTED_PEER' ? "the peer's own" : positionName(certificate?.position ?? 0)

const positionName = (position: number): string =>
  position === 0 ? 'end entity' : position === 1 ? 'its issuer' : `issuer ${position} above it`

const cut = (line: string): string => (line.length > MAX_LINE ? `${line.slice(0, MAX_LINE - 3)}...` : line)
