/**
 * The main job, to be seen: real clients knock at three applications that terminate TLS, and at the same applications behind nginx; and a gateway whose own
 * certificate is replaced calls a service.
 *
 *     npm run demo
 *     npm run demo -- --proxy=node               with our own forwarder in the place of nginx
 *     npm run demo -- --expect='1=200 alice'     with another expectation in row 1, to see it fail
 *
 * Ends with 1 if anything is not as expected.
 */
import { parseArgs } from 'node:util'
import { ADAPTERS, type Adapter, startApplications } from './applications.ts'
import { differencesIn, type Row, withExpectation } from './compare.ts'
import { type Got, knockAt } from './knock-at.ts'
import { knocksOf } from './knocks.ts'
import { mintPki } from './pki.ts'
import { startProxies } from './proxies.ts'
import { publishFor } from './publication.ts'
import { differencesAfter, rotateUnderLoad, type Standing } from './rotation.ts'
import { createTable, paint, screenOf } from './table.ts'

const { values } = parseArgs({ options: { proxy: { type: 'string' }, expect: { type: 'string' } } })
if (values.proxy !== undefined && values.proxy !== 'nginx' && values.proxy !== 'node') {
  throw new TypeError(`--proxy=${values.proxy}: give nginx or node`)
}
// So that what is started ends as well: an exit is noticed, a signal is not.
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(status))
}

const screen = screenOf(process.stdout, process.env['NO_COLOR'])
const started = performance.now()
const { pki, publication } = await publishFor((responders) => mintPki(new Date(), responders))
const knocks = values.expect === undefined ? knocksOf(pki) : withExpectation(knocksOf(pki), values.expect)

const options = { ...pki.server, trust: pki.trust, revocation: publication.revocation, clock: () => pki.at }
const open = await startApplications(options)
const behind = await startApplications({ ...options, from: pki.from })
const proxies = await startProxies(pki, behind, values.proxy)
const rows: Row[] = []
let standing: Standing | null = null

try {
  const table = createTable(knocks, screen)
  console.log(`The proxy is ${proxies.name}.\n`)
  console.log(table.head())
  for (const knock of knocks) {
    const got: Partial<Record<Adapter, Got>> = {}
    // One after the other, so that what is new in a log is of this knock.
    for (const adapter of ADAPTERS) got[adapter] = await knockAt(adapter, knock, { open, behind, proxies, publication })
    const row = { knock, got: got as Record<Adapter, Got> }
    rows.push(row)
    console.log(table.row(row, rows.length))
  }
} finally {
  // The proxies first: they hold connections to the applications.
  await proxies.close()
  await Promise.all([...Object.values(open), ...Object.values(behind), publication].map(({ close }) => close()))
}

console.log(
  '\nThe gateway calls a service with a certificate of its own, under load, while that certificate is replaced.\n',
)
for await (standing of rotateUnderLoad(pki)) console.log(lineOf(standing))
const unlike = differencesAfter(standing)
for (const difference of unlike) console.log(paint(`>> ${difference}`, 'red', screen))

const different = rows.flatMap((row, index) => (differencesIn(row).length > 0 ? [`row ${index + 1}`] : []))
if (unlike.length > 0) different.push('the certificate that is replaced')
const leaks = rows.flatMap(({ got }) => ADAPTERS.flatMap((adapter) => got[adapter].leaks))
const seconds = ((performance.now() - started) / 1000).toFixed(1)
const asked = `${rows.length} rows, ${rows.length * ADAPTERS.length} knocks, ${standing?.rotations ?? 0} rotations, ${seconds} s`
console.log(
  leaks.length === 0
    ? '\nNo response held a word of a reason, and no application saw a header of the proxy.'
    : paint(`\n${leaks.length} leaks: see the rows.`, 'red', screen),
)
console.log(
  different.length === 0
    ? paint(`All as expected: ${asked}.`, 'green', screen)
    : paint(`NOT as expected: ${different.join(', ')} of ${asked}.`, 'red', screen),
)
process.exitCode = different.length === 0 ? 0 : 1

function lineOf({ rotations, requests, failed, seen, connections }: Standing): string {
  const cells = [
    `rotation ${rotations}`,
    `requests sent ${requests}`,
    `failed ${failed}`,
    `certificates seen upstream ${seen}`,
    `connections old ${connections.old}, then ${connections.stillOld}, new ${connections.new}`,
  ]
  return cells.map((cell, column) => cell.padEnd([13, 20, 11, 31][column] ?? 0)).join('')
}
