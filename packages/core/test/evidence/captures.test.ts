/** Every captured request, sent again to a real server: from the gate to the decision, under the root of the captures alone. */
import { createServer, type IncomingMessage, request as requestOverHttp } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, test } from 'vitest'
import { type Authenticator, createAuthenticator, type Decision } from '../../src/index.ts'
import {
  ABSENT,
  areCapturesHere,
  CAPTURE_CLOCK,
  CAPTURED_PROXIES,
  type CapturedProxy,
  type CapturedRequest,
  certificateOf,
  formatOf,
  pkiPem,
  readingOf,
  requestsOf,
} from '../headers/captures.ts'
import { expectedDecision } from '../headers/captures-expected.ts'

type Decided = Readonly<{ request: CapturedRequest; decision: Decision; left: readonly string[] }>

/** As much as the captured server took: one of the certificates has 20 kB. */
const MAX_HEADER_BYTES = 65_536

const authenticators = new Map<string, Authenticator>()
afterAll(() => {
  for (const authenticator of authenticators.values()) authenticator.close()
})

/** Behind the proxy as it was configured; its intermediates are path material, as an application has them that gets end entities alone. */
function authenticatorFor(request: CapturedRequest): Authenticator {
  const reading = readingOf(request)
  const key = JSON.stringify(reading)
  const known = authenticators.get(key)
  if (known) return known
  const made = createAuthenticator({
    trust: { pem: ['root', 'int1', 'int2'].map(pkiPem).join('') },
    clock: () => CAPTURE_CLOCK,
    from: { ...reading, onlyFrom: { addresses: ['127.0.0.1'] } },
  })
  authenticators.set(key, made)
  return made
}

/** Sends each request again, one after the other, as it was captured but for Host. */
async function decideAll(requests: readonly CapturedRequest[]): Promise<readonly Decided[]> {
  const decided: Decided[] = []
  let expected: CapturedRequest | undefined
  const answer = async (incoming: IncomingMessage) => {
    if (!expected) throw new Error('a request that nobody sent')
    const decision = await authenticatorFor(expected).authenticate(incoming)
    const { assertedHeaders } = formatOf(expected)
    const left = Object.keys(incoming.headers).filter((name) => assertedHeaders.includes(name))
    decided.push({ request: expected, decision, left })
  }
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (incoming, response) => {
    answer(incoming).then(
      () => response.end(),
      (error: unknown) => response.destroy(error as Error),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  for (const request of requests) {
    expected = request
    await send(port, request.headers ?? [])
  }
  await new Promise((resolve) => server.close(resolve))
  return decided
}

function send(port: number, captured: readonly string[]): Promise<void> {
  const lines = captured.flatMap((name, index) =>
    index % 2 === 0 && name.toLowerCase() !== 'host' ? [name, captured[index + 1] ?? ''] : [],
  )
  return new Promise((resolve, reject) => {
    const headers = ['Host', 'localhost', ...lines]
    const sent = requestOverHttp({ host: '127.0.0.1', port, agent: false, headers }, (response) => {
      response.resume().on('end', resolve).on('error', reject)
    })
    sent.on('error', reject).end()
  })
}

const outcomeOf = ({ decision }: Decided): string => ('failure' in decision ? decision.failure.code : decision.outcome)

function titleOf(proxy: CapturedProxy, decided: readonly Decided[]): string {
  const count = (of: (outcome: string) => boolean) => decided.filter((each) => of(outcomeOf(each))).length
  const NOBODY = 'ERR_EVIDENCE_NO_CERTIFICATE'
  const accepted = count((outcome) => outcome === 'accepted')
  const nobody = count((outcome) => outcome === NOBODY)
  const forms = count((outcome) => outcome !== NOBODY && /^ERR_(EVIDENCE|HEADERS|ENCODING)_/.test(outcome))
  const paths = decided.length - accepted - nobody - forms
  return `${proxy}: ${decided.length} requests decided: ${accepted} accepted, ${nobody} without a certificate, ${forms} refused for their headers, ${paths} for their certificate`
}

if (areCapturesHere) {
  const all = await Promise.all(
    CAPTURED_PROXIES.map(async (proxy) => {
      const arrived = requestsOf(proxy).filter(({ headers }) => headers !== null)
      return { proxy, arrived, decided: await decideAll(arrived) }
    }),
  )

  describe.each(all)('a decision about what a real $proxy sent', ({ proxy, arrived, decided }) => {
    const title = titleOf(proxy, decided)

    test(title, ({ task }) => {
      task.meta.told = title
      expect(decided.map(({ request }) => request)).toEqual(arrived)
    })

    test.each(decided.map((each) => [each.request.title, each] as const))(
      'is what its table says, about that very certificate: %s',
      (_, each) => {
        expect(outcomeOf(each)).toBe(expectedDecision(each.request))
        expect(each.left).toEqual([])
        if (each.decision.outcome !== 'accepted') return
        const [endEntity] = each.decision.path.certificates
        expect(Buffer.from(endEntity.der).toString('base64')).toBe(certificateOf(each.request))
      },
    )
  })
} else {
  test('what real proxies sent is decided', (context) => context.skip(ABSENT))
}
