import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { escapeHostile } from '@clientcert/core'
import type { AgentAnswer } from '../agent/agent.ts'
import { readFields, readText } from '../agent/fields.ts'
import { consulError } from '../consul-error.ts'
import { type AnsweredCertificate, parsePemCertificates } from './pem-certificates.ts'
import { parseServiceUri } from './service-uri.ts'

/** Whose certificate is asked for. */
export interface ServiceName {
  readonly service: string
  /** Null for that of the token. */
  readonly namespace: string | null
  readonly partition: string | null
}

/** A service's certificate with its key, that belong together. Not verified yet. */
export interface ConsulLeaf {
  /** End entity first, then its intermediates. */
  readonly chain: readonly [AnsweredCertificate, ...AnsweredCertificate[]]
  /** PEM. Secret. */
  readonly privateKey: string
  /** Its SPIFFE id. */
  readonly uri: string
}

/**
 * Parses the answer of `/v1/agent/connect/ca/leaf/:service`: the key is the certificate's, and the certificate that service's.
 *
 * Does not verify it; see `verifyLeaf`.
 *
 * @throws {ConsulError} `ERR_CONSUL_ANSWER`, `ERR_CONSUL_LEAF`.
 */
export function parseLeaf({ json, refuse }: AgentAnswer, name: ServiceName): ConsulLeaf {
  const answer = readFields(json, '', refuse)
  const certPem = readText(answer, 'CertPEM', refuse)
  const privateKey = readText(answer, 'PrivateKeyPEM', refuse)
  const uri = readText(answer, 'ServiceURI', refuse)
  const problem = (text: string) =>
    consulError('ERR_CONSUL_LEAF', { service: name.service, problem: escapeHostile(text, 400) })

  const chain = parsePemCertificates(certPem)
  if (typeof chain === 'string') throw problem(`CertPEM: ${chain}`)
  const [{ certificate }] = chain
  const key = readKey(privateKey)
  if (key === null) throw problem('PrivateKeyPEM holds no private key that can be read')
  if (!new X509Certificate(certificate.der).checkPrivateKey(key)) {
    throw problem('PrivateKeyPEM is not the key of CertPEM')
  }
  const uris = (certificate.extensions.subjectAltName ?? []).flatMap((each) =>
    each.type === 'uri' ? [each.value] : [],
  )
  if (uris.length !== 1 || uris[0] !== uri) {
    throw problem(`its only URI should be ServiceURI (${uri}), and it has ${uris.join(', ') || 'none'}`)
  }
  const complaint = complaintAbout(uri, name)
  if (complaint !== null) throw problem(complaint)
  return { chain, privateKey, uri }
}

/** @returns What is wrong with it; null where it is the service that was asked for. */
function complaintAbout(uri: string, { service, namespace, partition }: ServiceName): string | null {
  const named = parseServiceUri(uri)
  if (named === null) return `ServiceURI (${uri}) names no service`
  if (named.service !== service) return `it is for the service ${named.service}`
  if (namespace !== null && named.namespace !== namespace) return `it is for the namespace ${named.namespace}`
  if (partition !== null && named.partition !== partition) return `it is for the partition ${named.partition}`
  return null
}

/** One, and nothing else: behind it there could stand another, which another reader of the file would take. */
const ONE_KEY = /^\s*-----BEGIN ([A-Z]+ )?PRIVATE KEY-----[^-]+-----END \1PRIVATE KEY-----\s*$/

function readKey(pem: string): KeyObject | null {
  if (!ONE_KEY.test(pem)) return null
  try {
    return createPrivateKey(pem)
  } catch {
    return null // Its words may repeat what it read.
  }
}
