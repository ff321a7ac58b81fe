import { X509Certificate } from 'node:crypto'
import { escapeHostile } from '@clientcert/core'
import type { AgentAnswer } from '../agent/agent.ts'
import { readFields, readList, readText, readYesOrNo } from '../agent/fields.ts'
import { consulError } from '../consul-error.ts'
import { type AnsweredCertificate, parsePemCertificates } from './pem-certificates.ts'

/** One of Consul's authorities. Several are trusted during a rotation, and each of them as much as the others. */
export interface ConsulRoot {
  readonly id: string
  readonly name: string
  /** Whether it signs what is issued now. */
  readonly isActive: boolean
  /** Self-signed. */
  readonly anchors: readonly AnsweredCertificate[]
  /** Path material: `IntermediateCerts`, and what stands behind the root in its own field. */
  readonly intermediates: readonly AnsweredCertificate[]
}

/** All of them at one moment. */
export interface ConsulRoots {
  readonly trustDomain: string | null
  readonly roots: readonly ConsulRoot[]
  /** For comparison: an answer is no proof of a change. */
  readonly content: string
}

const MAX_ROOTS = 32
const MAX_INTERMEDIATES = 32

/**
 * Parses the answer of `/v1/agent/connect/ca/roots`.
 *
 * @throws {ConsulError} `ERR_CONSUL_ANSWER`, `ERR_CONSUL_ROOTS`: never returns a part of them.
 */
export function parseRoots({ json, refuse }: AgentAnswer): ConsulRoots {
  const answer = readFields(json, '', refuse)
  const activeId = readText(answer, 'ActiveRootID', refuse)
  const trustDomain = Object.hasOwn(answer, 'TrustDomain') ? readText(answer, 'TrustDomain', refuse) : null
  const roots = readList(answer, 'Roots', refuse, MAX_ROOTS).map((each, index): ConsulRoot => {
    const within = `Roots[${index}].`
    const fields = readFields(each, `Roots[${index}]`, refuse)
    const id = readText(fields, 'ID', refuse, within)
    const name = readText(fields, 'Name', refuse, within)
    const isActive = readYesOrNo(fields, 'Active', refuse, within)
    if (isActive !== (id === activeId)) throw refuse(`${within}Active and ActiveRootID contradict each other`)
    const given = Object.hasOwn(fields, 'IntermediateCerts')
      ? readList(fields, 'IntermediateCerts', refuse, MAX_INTERMEDIATES, within)
      : []
    const own = certificatesOf(readText(fields, 'RootCert', refuse, within), `${within}RootCert`)
    const others = given.flatMap((pem, position) => {
      const place = `${within}IntermediateCerts[${position}]`
      if (typeof pem !== 'string') throw refuse(`${place} is no text`)
      return certificatesOf(pem, place)
    })
    const anchors = own.filter(isSelfSigned)
    if (anchors.length === 0) {
      // An intermediate that was made an anchor would escape its root's constraints and revocation.
      throw problem(`${within}RootCert holds no self-signed certificate, hence no trust anchor`)
    }
    return { id, name, isActive, anchors, intermediates: [...own.filter((one) => !isSelfSigned(one)), ...others] }
  })
  if (!roots.some(({ isActive }) => isActive)) throw problem('none of them is active')
  const content = JSON.stringify([trustDomain, roots.map((root) => [root.id, root.name, root.isActive, pemsOf(root)])])
  return { trustDomain, roots, content }
}

/** Every anchor, that of the active root first, without repetition. */
export function anchorsOf({ roots }: ConsulRoots): readonly AnsweredCertificate[] {
  const ordered = [...roots].sort((a, b) => Number(b.isActive) - Number(a.isActive))
  return [...new Map(ordered.flatMap(({ anchors }) => anchors.map((each) => [each.fingerprint, each]))).values()]
}

export const intermediatesOf = ({ roots }: ConsulRoots): readonly AnsweredCertificate[] =>
  roots.flatMap(({ intermediates }) => intermediates)

function certificatesOf(pem: string, place: string): readonly AnsweredCertificate[] {
  const parsed = parsePemCertificates(pem)
  if (typeof parsed === 'string') throw problem(`${place}: ${parsed}`)
  return parsed
}

/** RFC 5280 6.1: signed by its own key, and not merely named so. */
function isSelfSigned({ certificate }: AnsweredCertificate): boolean {
  const x509 = new X509Certificate(certificate.der)
  return x509.checkIssued(x509) && x509.verify(x509.publicKey)
}

const pemsOf = ({ anchors, intermediates }: ConsulRoot): readonly string[] =>
  [...anchors, ...intermediates].map(({ pem }) => pem)

const problem = (text: string) => consulError('ERR_CONSUL_ROOTS', { problem: escapeHostile(text, 400) })
