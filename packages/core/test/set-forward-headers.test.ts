import { headersFor } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import {
  ConfigurationError,
  type Decision,
  type ForwardFormat,
  forwardHeaders,
  type NodeRequest,
  setForwardHeaders,
} from '../src/index.ts'
import { ANONYMOUS, alice, decided, expired, root } from './decided.ts'
import { requestOverH2c, requestPlainly, type Seen, serve } from './serving.ts'

type Lines = readonly (readonly [string, string])[]

/** What stands behind a gateway sees of lines that a client sends, in every view. */
async function seenBehind(
  decision: Decision,
  format: ForwardFormat,
  lines: Lines,
  before: (request: NodeRequest) => void = () => {},
): Promise<Seen> {
  const served = await serve('http', (request) => {
    before(request)
    setForwardHeaders(request, decision, format)
    return decision
  })
  await requestPlainly({ port: served.port }, lines)
  return served.last()
}

/** The values of a name in each view. */
const valuesIn = ({ headers, rawHeaders, distinct }: Seen, name: string) => ({
  joined: headers[name],
  raw: rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name),
  distinct: distinct?.[name],
})

const once = (value: string | undefined) => ({ joined: value, raw: [value], distinct: [value] })
const NOWHERE = { joined: undefined, raw: [], distinct: undefined }

const codeOf = (attempt: () => void): string => {
  try {
    attempt()
  } catch (error) {
    if (error instanceof ConfigurationError) return error.code
    throw error
  }
  throw new Error('was forwarded')
}

describe('setForwardHeaders', () => {
  const spoofed = [
    ['ssl-client-cert', 'spoofed'],
    ['Ssl-Client-Cert', 'again'],
    ['SSL_CLIENT_VERIFY', 'SUCCESS'],
    ['X-Kept', '1'],
    ['x-kept', '2'],
  ] as const

  test('replaces them in every view of a request', async () => {
    const decision = await decided(alice)
    const served = await serve('http', (request) => {
      setForwardHeaders(request, decision, 'nginx')
      return decision
    })
    await requestPlainly({ port: served.port }, [...spoofed, ['Connection', 'close, ssl-client-cert, X-Other']])
    const { headers, rawHeaders, distinct } = served.last()
    const own = headersFor('nginx', alice)
    expect(headers).toEqual({ host: 'localhost', 'x-kept': '1, 2', connection: 'close', ...own })
    const lines = [
      'Host',
      'localhost',
      'X-Kept',
      '1',
      'x-kept',
      '2',
      'connection',
      'close',
      ...Object.entries(own).flat(),
    ]
    expect([...rawHeaders].toSorted()).toEqual(lines.toSorted())
    expect({ ...distinct }).toEqual({
      host: ['localhost'],
      'x-kept': ['1', '2'],
      connection: ['close'],
      ...Object.fromEntries(Object.entries(own).map(([name, value]) => [name, [value]])),
    })
  })

  test('does so for HTTP/2', async () => {
    const served = await serve('h2c', (request) => {
      setForwardHeaders(request, ANONYMOUS, 'nginx')
      return ANONYMOUS
    })
    await requestOverH2c({ port: served.port }, [
      ['ssl-client-cert', 'spoofed'],
      ['x-kept', '1'],
    ])
    const { headers, rawHeaders } = served.last()
    expect(headers).toMatchObject({ ':path': '/', 'x-kept': '1', 'ssl-client-verify': 'NONE' })
    expect(headers).not.toHaveProperty('ssl-client-cert')
    expect(rawHeaders).not.toContain('spoofed')
    expect(rawHeaders).toContain('ssl-client-verify')
  })

  test('leaves the request as it was where there is nothing to forward', async () => {
    const refusal = await decided(expired, 'required')
    const codes: string[] = []
    const served = await serve('http', (request) => {
      codes.push(codeOf(() => setForwardHeaders(request, refusal, 'nginx')))
      return refusal
    })
    await requestPlainly({ port: served.port }, [['ssl-client-cert', 'spoofed']])
    expect(codes).toEqual(['ERR_CONFIG_NOT_FORWARDABLE'])
    expect(served.last().headers).toMatchObject({ 'ssl-client-cert': 'spoofed' })
  })
})

describe('a line of the client under a name that we write', () => {
  const comma = root.issue({ subject: [{ O: 'Example' }, { CN: 'mallory, CN=admin' }] })

  test('stays behind though all of theirs together are our very text, which holds what Node joins by', async () => {
    const decision = await decided(comma)
    const name = 'ssl-client-subject-dn'
    const own = forwardHeaders(decision, 'nginx')[name] ?? ''
    expect(own).toContain(', CN=admin')
    const at = own.indexOf(', ')
    const split: Lines = [
      [name, own.slice(0, at)],
      [name, own.slice(at + 2)],
    ]
    const seen = await seenBehind(decision, 'nginx', split, ({ headers }) => expect(headers[name]).toBe(own))
    expect(valuesIn(seen, name)).toEqual(once(own))
    expect(valuesIn(await seenBehind(decision, 'nginx', []), name)).toEqual(once(own))
  })

  test('stays behind though one of them is our very text, whichever it is', async () => {
    const decision = await decided(alice)
    const name = 'ssl-client-subject-dn'
    const own = forwardHeaders(decision, 'nginx')[name] ?? ''
    for (const values of [[own], [own, 'spoofed'], ['spoofed', own], [own, own]]) {
      const lines = values.map((value) => ['SSL-Client-Subject-DN', value] as const)
      expect(valuesIn(await seenBehind(decision, 'nginx', lines), name)).toEqual(once(own))
    }
  })

  test('is not alone in that: of a name that is not ours, what Node drops as a duplicate stays behind, and what it joins stays', async () => {
    const lines: Lines = [
      ['From', 'a'],
      ['From', 'b'],
      ['X-Two', 'a'],
      ['X-Two', 'b'],
      ['Cookie', 'a=1'],
      ['Cookie', 'b=2'],
    ]
    const seen = await seenBehind(ANONYMOUS, 'nginx', lines)
    expect(valuesIn(seen, 'from')).toEqual(once('a'))
    expect(valuesIn(seen, 'x-two')).toEqual({ joined: 'a, b', raw: ['a', 'b'], distinct: ['a', 'b'] })
    expect(valuesIn(seen, 'cookie')).toEqual({ joined: 'a=1; b=2', raw: ['a=1', 'b=2'], distinct: ['a=1', 'b=2'] })
  })

  test('stays behind where Connection lists it in a second line', async () => {
    const lines: Lines = [
      ['Connection', 'close'],
      ['Connection', 'ssl-client-verify'],
    ]
    expect(valuesIn(await seenBehind(ANONYMOUS, 'nginx', lines), 'connection')).toEqual(once('close'))
  })
})

describe('headersDistinct', () => {
  test("is ours: Node's own throws for a header __proto__ before the fix of CVE-2026-21710", async () => {
    const lines: Lines = [
      ['__proto__', 'x'],
      ['ssl-client-cert', 'spoofed'],
      ['X-Kept', '1'],
    ]
    const throwing = (request: NodeRequest) => {
      const get = () => {
        throw new TypeError('dest[field].push is not a function')
      }
      Object.defineProperty(request, 'headersDistinct', { configurable: true, get })
    }
    const seen = await seenBehind(ANONYMOUS, 'nginx', lines, throwing)
    expect(valuesIn(seen, 'ssl-client-cert')).toEqual(NOWHERE)
    expect(valuesIn(seen, 'x-kept')).toEqual(once('1'))
    expect(Object.keys(seen.distinct ?? {})).toEqual(['host', 'x-kept', 'connection', 'ssl-client-verify'])
  })

  test.each([
    ['before', true],
    ['not before', false],
  ])('has nothing asserted that was deleted from headers first, when it was looked at %s', async (_, looks) => {
    const lines: Lines = [
      ['X-Forwarded-Client-Cert', 'Hash=spoofed'],
      ['X-Deleted', '1'],
      ['X-Kept', '1'],
    ]
    const seen = await seenBehind(ANONYMOUS, 'nginx', lines, (request) => {
      if (looks && 'headersDistinct' in request) expect(request.headersDistinct).toHaveProperty('x-kept')
      delete request.headers['x-forwarded-client-cert']
      delete request.headers['x-deleted']
    })
    expect(valuesIn(seen, 'x-forwarded-client-cert')).toEqual(NOWHERE)
    expect(valuesIn(seen, 'x-deleted')).toEqual(NOWHERE)
    expect(valuesIn(seen, 'x-kept')).toEqual(once('1'))
  })
})

describe('what the gateway wrote into headers before', () => {
  test('is so in every view', async () => {
    const lines: Lines = [
      ['X-User', 'admin'],
      ['X-User', 'root'],
    ]
    const seen = await seenBehind(ANONYMOUS, 'nginx', lines, ({ headers }) => {
      Object.assign(headers, { 'x-user': 'guest', 'x-added': 7, 'set-cookie': ['a', 'b'], 'x-absent': undefined })
    })
    expect(valuesIn(seen, 'x-user')).toEqual(once('guest'))
    expect(valuesIn(seen, 'x-added')).toEqual({ joined: 7, raw: ['7'], distinct: ['7'] })
    expect(valuesIn(seen, 'set-cookie')).toEqual({ joined: ['a', 'b'], raw: ['a', 'b'], distinct: ['a', 'b'] })
    expect(valuesIn(seen, 'x-absent')).toEqual(NOWHERE)
  })
})

describe('a header that Connection lists', () => {
  test('stays behind where the client sent it, and stays where the gateway added or changed it (CVE-2024-45410)', async () => {
    const lines: Lines = [
      ['X-Sent', '1'],
      ['X-Changed', 'admin'],
      ['X-Forwarded-Prefix', '/app'],
      ['Connection', 'close, x-sent, x-changed, x-added, x-forwarded-prefix'],
    ]
    const seen = await seenBehind(ANONYMOUS, 'nginx', lines, ({ headers }) => {
      Object.assign(headers, { 'x-changed': 'guest', 'x-added': 'guest' })
    })
    expect(valuesIn(seen, 'x-sent')).toEqual(NOWHERE)
    expect(valuesIn(seen, 'x-changed')).toEqual(once('guest'))
    expect(valuesIn(seen, 'x-added')).toEqual(once('guest'))
    expect(valuesIn(seen, 'x-forwarded-prefix')).toEqual(once('/app'))
    expect(valuesIn(seen, 'connection')).toEqual(once('close'))
  })
})

test('as many lines as a server may be told to take are replaced', async () => {
  const served = await serve('http', (request) => {
    setForwardHeaders(request, ANONYMOUS, 'nginx')
    return ANONYMOUS
  })
  Object.assign(served.server, { maxHeaderSize: 8 << 20, maxHeadersCount: 0 })
  const filler = Array.from({ length: 70_000 }, (_, index) => [`x-${index}`, ''] as const)
  await requestPlainly({ port: served.port }, [['ssl-client-cert', 'spoofed'], ...filler])
  const { rawHeaders } = served.last()
  expect(rawHeaders.length).toBeGreaterThan(2 * filler.length)
  expect(rawHeaders).not.toContain('spoofed')
})
