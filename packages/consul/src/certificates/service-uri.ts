/** Whom a certificate of Connect is for, as its URI says. */
export interface ServiceUri {
  readonly trustDomain: string
  /** `default` where the URI has none. */
  readonly partition: string
  readonly namespace: string
  readonly datacenter: string
  readonly service: string
}

/** Consul's own form: the partition is left out where it is the default one. */
const FORM = /^spiffe:\/\/([^/?#@:]+)(?:\/ap\/([^/?#]+))?\/ns\/([^/?#]+)\/dc\/([^/?#]+)\/svc\/([^/?#]+)$/

/** @param uri - Untrusted. @returns Null for what is no service of Connect: a gateway, an agent, another mesh. */
export function parseServiceUri(uri: string): ServiceUri | null {
  const [, trustDomain, partition = 'default', namespace, datacenter, service] = FORM.exec(uri) ?? []
  if (!trustDomain || !namespace || !datacenter || !service) return null
  try {
    const decoded = [partition, namespace, datacenter, service].map(decodeURIComponent)
    const [ap = '', ns = '', dc = '', svc = ''] = decoded
    return { trustDomain, partition: ap, namespace: ns, datacenter: dc, service: svc }
  } catch {
    return null
  }
}
