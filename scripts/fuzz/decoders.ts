/**
 * How long every decoder takes over text that was made to take long, by its length: `npm run fuzz -- --decoders`.
 *
 * What takes more than its length allows would let one request hold up all others (client-certificate-auth #221: 80 ms of 16 kB of commas). The formats
 * of `custom()` are made of the same readers.
 */
import { createHash } from 'node:crypto'
import { createFormat, type ForwardedClient, type HeaderFormat, PROXY_NAMES } from '@clientcert/core/headers'
import { createAuthority } from '@clientcert/testing'

/** Lengths in kB of 1,024 characters. Node takes 16 of headers in all unless told otherwise. */
export const LENGTHS = [1, 2, 4, 8, 16, 32, 64, 128] as const

/** What a text is full of: what grammars here separate, quote and escape with, and pieces of PEM, XFCC and structured fields. */
const PIECES = [
  ...[',', ';', ':', '=', '"', '\\', '%', ' ', '\t', '-', 'A', '+', '\u00e9'],
  ...[
    '%0A',
    '%2',
    ', ',
    '\\"',
    '"\\',
    '::',
    ':,',
    ':AA==:,',
    'AA==',
    'AA==,',
    'By=,',
    'By=;',
    'Hash=;',
    'Cert="',
    'URI=a,b;',
  ],
  ...['-----', '\n\t', '-----BEGIN CERTIFICATE-----', '-----BEGIN%20CERTIFICATE-----%0A', '-----END CERTIFICATE----- '],
]

/** Eight times the characters take eight times as long; this many times as long as that is no noise any more. */
const MARGIN = 4
/** Below this, nothing is told from noise, in milliseconds. */
const LEAST_MS = 2
const TRIES = 5

/** One decoder over one kind of text. */
interface Curve {
  readonly proxy: string
  readonly header: string
  readonly piece: string
  /** In milliseconds, of each of {@link LENGTHS}. */
  readonly times: readonly number[]
}

/** Whether times grow faster than lengths do, by more than chance: each against that of an eighth of the length. */
export const isSuperlinear = (times: readonly number[]): boolean =>
  times.some((time, index) => time > LEAST_MS && time > 8 * MARGIN * (times[index - 3] ?? Number.POSITIVE_INFINITY))

/** @returns The exit code: 1 where a decoder takes more time than its text is long. */
export function timeDecoders(print: (text: string) => void, proxies: readonly string[] = PROXY_NAMES): number {
  print(
    `${'microseconds per kB, slowest text, at kB'.padEnd(64)}${LENGTHS.map((length) => String(length).padStart(7)).join('')}`,
  )
  let code = 0
  for (const proxy of PROXY_NAMES.filter((name) => proxies.includes(name))) {
    const curves = curvesOf(createFormat(proxy))
    const [slowest] = curves.toSorted((a, b) => (b.times.at(-1) ?? 0) - (a.times.at(-1) ?? 0))
    if (slowest) print(lineOf(slowest))
    for (const curve of curves.filter(({ times }) => isSuperlinear(times))) {
      code = 1
      print(`${lineOf(curve)}  takes more time than it is long`)
    }
  }
  return code
}

function curvesOf(format: HeaderFormat): readonly Curve[] {
  const good = format.encode(CLIENT)
  return format.assertedHeaders.flatMap((header) =>
    PIECES.map((piece): Curve => {
      const times = () => LENGTHS.map((length) => timeOf(format, { ...good, [header]: textOf(piece, length * 1_024) }))
      let curve = times()
      // The machine may have been busy.
      for (let again = 0; again < 3 && isSuperlinear(curve); again++) curve = times()
      return { proxy: format.proxy, header, piece, times: curve }
    }),
  )
}

const textOf = (piece: string, length: number): string =>
  Buffer.from(piece.repeat(Math.ceil(length / piece.length)).slice(0, length), 'latin1').toString('latin1')

/** The shortest of several, in milliseconds. */
function timeOf(format: HeaderFormat, headers: Readonly<Record<string, string>>): number {
  const lines = new Map(Object.entries(headers).map(([name, value]) => [name, [value]]))
  let shortest = Number.POSITIVE_INFINITY
  for (let round = 0; round < TRIES; round++) {
    const started = performance.now()
    const assertion = format.read(lines)
    if (assertion.ok) assertion.value.certificate?.decode()
    shortest = Math.min(shortest, performance.now() - started)
  }
  return shortest
}

function lineOf({ proxy, header, piece, times }: Curve): string {
  const perKb = times.map((time, index) => ((time * 1_000) / (LENGTHS[index] ?? 1)).toFixed(2).padStart(7))
  return `${`${proxy} ${header} ${JSON.stringify(piece)}`.padEnd(64)}${perKb.join('')}`
}

const CLIENT = clientOf()

function clientOf(): ForwardedClient {
  const { certificate, chain } = createAuthority('Root CA').intermediate('Intermediate CA').issue('alice')
  const { x509, der } = certificate
  return {
    certificates: [der, ...chain.slice(1).map((issuer) => issuer.der)],
    failedFor: null,
    subject: 'CN=alice',
    issuer: 'CN=Intermediate CA',
    serialNumber: x509.serialNumber,
    fingerprint: createHash('sha256').update(der).digest('hex'),
    notBefore: new Date(x509.validFrom),
    notAfter: new Date(x509.validTo),
    uris: [],
    dnsNames: [],
  }
}
