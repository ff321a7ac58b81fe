import { ConfigurationError, readString, shown } from '@clientcert/core'
import type { MappingOptions } from '../mapping-options.ts'
import { type Elsewhere, type FieldReaders, readFields } from './fields.ts'
import type { AmbassadorResource } from './resource.ts'

const HOSTS = 'Serve one host by this gateway, or route by host in the framework, and leave it out; `*` is any host.'
const TIMEOUT = 'Set the timeouts of the proxy and of the context, and leave it out.'

const ELSEWHERE: Elsewhere = {
  ambassador_id: 'Give only the documents of this gateway, and leave it out.',
  prefix_regex: 'A prefix is literal here.',
  regex_rewrite: 'A prefix is replaced literally here: see `rewrite`.',
  timeout_ms: TIMEOUT,
  connect_timeout_ms: TIMEOUT,
  idle_timeout_ms: TIMEOUT,
  auto_host_rewrite: 'The Host header is that of the service here; `host_rewrite` gives another.',
}

/** Reads a Mapping. What else is wrong with the values is for createMappings to say. */
export function readMapping(resource: AmbassadorResource): MappingOptions {
  const { prefix, service, ...options } = readFields<MappingOptions>(resource, READERS, ELSEWHERE)
  const path = `Mapping ${resource.name}`
  if (prefix !== undefined && service !== undefined) return { name: resource.name, prefix, service, ...options }
  const missing = prefix === undefined ? 'prefix' : 'service'
  const fix = 'Each Mapping has `prefix` and `service`.'
  throw new ConfigurationError('ERR_CONFIG_MISSING', `${path}.${missing}`, `is missing ${missing}`, fix)
}

const READERS: FieldReaders<MappingOptions> = {
  prefix: (value, path) => ({ prefix: readString(value, path) }),
  rewrite: (value, path) => ({ rewrite: value === '' ? '' : readString(value, path) }),
  service: (value, path) => ({ service: readString(value, path) }),
  host_rewrite: (value, path) => ({ hostRewrite: readString(value, path) }),
  // Ambassador takes `false` for a field that is not there: `https://` decides.
  tls: (value, path) => (value === false ? {} : { tls: value === true ? true : readString(value, path) }),
  host: readAnyHost,
  hostname: readAnyHost,
  // Upgrades to WebSocket are always passed on here.
  use_websocket: (value, path) => readUpgrade(value === true ? ['websocket'] : value, path),
  allow_upgrade: readUpgrade,
}

function readAnyHost(value: unknown, path: string): Partial<MappingOptions> {
  if (value === '*') return {}
  throw new ConfigurationError('ERR_CONFIG_VALUE', path, `is ${shown(value)}`, HOSTS)
}

function readUpgrade(value: unknown, path: string): Partial<MappingOptions> {
  if (Array.isArray(value) && value.length === 1 && value[0] === 'websocket') return {}
  const fix = 'WebSockets, and nothing else, are passed on by each mapping; leave it out.'
  throw new ConfigurationError('ERR_CONFIG_VALUE', path, `is ${shown(value)}`, fix)
}
