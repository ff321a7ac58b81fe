/** Intentions: which service may connect to which. Consul's endpoint decides for connections (layer 4) only. */

/** `*` is every service. */
export type Intention = Readonly<{ source: string; destination: string; action: 'allow' | 'deny' }>

/** As `POST /v1/agent/connect/authorize` answers. */
export type Verdict = Readonly<{ Authorized: boolean; Reason: string }>

const SERVICE = /^spiffe:\/\/[^/]+(?:\/ap\/[^/]+)?\/ns\/[^/]+\/dc\/[^/]+\/svc\/([^/]+)$/
const SERIAL = /^[0-9a-f]{2}(?::[0-9a-f]{2})*$/

/** Decides as Consul does: the most exact intention counts. A text is the complaint with which it answers 400. */
export function decide(intentions: readonly Intention[], body: unknown, byDefault: 'allow' | 'deny'): Verdict | string {
  const { Target, ClientCertURI, ClientCertSerial } = Object(body) as Readonly<Record<string, unknown>>
  if (typeof Target !== 'string' || Target === '') return 'Target service must be specified'
  const source = typeof ClientCertURI === 'string' ? SERVICE.exec(ClientCertURI)?.[1] : undefined
  if (source === undefined) return 'ClientCertURI not a valid Connect identifier'
  if (typeof ClientCertSerial !== 'string' || !SERIAL.test(ClientCertSerial)) return 'ClientCertSerial not colon-hex'
  const from = decodeURIComponent(source)
  const matching = [...intentions]
    .filter((each) => isFor(each.destination, Target) && isFor(each.source, from))
    .sort((a, b) => exactness(b) - exactness(a))
  const [match] = matching
  if (match === undefined) return { Authorized: byDefault === 'allow', Reason: 'Default behavior configured by ACLs' }
  const Reason = `Matched L4 intention: ${match.source} => ${match.destination} (${match.action})`
  return { Authorized: match.action === 'allow', Reason }
}

const isFor = (name: string, service: string): boolean => name === '*' || name === service

const exactness = ({ source, destination }: Intention): number =>
  (destination === '*' ? 0 : 2) + (source === '*' ? 0 : 1)
