/**
 * Fields that end at the gateway (RFC 9110 7.6.1): each is about one of its two connections, and neither proxy library takes all of them away.
 *
 * What `Connection` lists stays, unlike in RFC 9110: by it a client would delete what the gateway itself has added (CVE-2024-45410). `Connection` goes, so that nobody
 * behind does that either.
 */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  // Node throws where it announces trailers of a message that has a length, and the libraries send no trailers.
  'trailer',
  'upgrade',
  'http2-settings',
  // RFC 9110 10.1.1: Node has answered it with 100 before anybody asked for the body. (undici refuses it.)
  'expect',
] as const

/** Deletes them from headers whose names are in lower case, as Node has them. */
export function deleteHopByHop(headers: object): void {
  for (const name of HOP_BY_HOP) Reflect.deleteProperty(headers, name)
}

/** The same, for headers that are not ours to change. */
export function withoutHopByHop<Headers extends object>(headers: Headers): Headers {
  const others = { ...headers }
  deleteHopByHop(others)
  return others
}
