import type { IncomingHttpHeaders } from 'node:http'

/** Header lines: by name, several values being several lines, or as pairs in the order in which they are sent. */
export type HeaderLines =
  | Readonly<Record<string, string | readonly string[]>>
  | ReadonlyArray<readonly [name: string, value: string]>

export type ClientRequest = Readonly<{
  /** Default `GET`. */
  method?: string
  /** Default `/`. */
  path?: string
  /** Sent as they are, duplicates included. `Host` and `Content-Length` are added where they are missing. */
  headers?: HeaderLines
  body?: string | Uint8Array
}>

/** What came back. */
export type ClientResponse = Readonly<{
  statusCode: number
  headers: IncomingHttpHeaders
  /** Names and values in turn, as they came. */
  rawHeaders: readonly string[]
  body: string
  /** Parses the body. Throws a `SyntaxError` if it is not JSON. */
  json: () => unknown
}>

/** Brings header lines into the form of pairs. */
export function headerPairs(headers: HeaderLines = []): Array<[name: string, value: string]> {
  if (isPairs(headers)) return headers.map(([name, value]) => [name, value])
  return Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((each): [string, string] => [name, each]),
  )
}

function isPairs(headers: HeaderLines): headers is Exclude<HeaderLines, Readonly<Record<string, unknown>>> {
  return Array.isArray(headers)
}

/** Whether a header of this name is among the pairs, in any case. */
export function hasHeader(pairs: ReadonlyArray<readonly [string, string]>, name: string): boolean {
  return pairs.some(([each]) => each.toLowerCase() === name)
}

/** Collects a body as text. */
export async function readBody(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks).toString('utf8')
}
