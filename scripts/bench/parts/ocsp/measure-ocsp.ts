/** An OCSP response by a delegated responder: from its octets to an answer, beside C and pkijs, for two kinds of keys. */
import { compile } from '../../c/compile.ts'
import { buildInternals, type Internals } from '../../internals.ts'
import type { MeasuredPart, PartOptions } from '../../part.ts'
import type { Row } from '../../report.ts'
import { medianOf, takeTurns } from '../../rounds.ts'
import { type Answers, KIND_NAMES, mintAnswers } from './answers.ts'
import { judgeBare } from './contenders/bare.ts'
import { type Openssl, startOpenssl } from './contenders/openssl.ts'
import { judgeOurs } from './contenders/ours.ts'
import { judgePkijs } from './contenders/pkijs.ts'
import { type KindFigures, ocspGoal } from './goals.ts'
import { checkVerdicts, contenderOf } from './job.ts'

const NAMES = {
  bare: 'bare crypto.verify, two signatures',
  ours: 'clientcert, a responder met for the first time',
  oursAgain: 'clientcert, a responder met before',
  c: 'C d2i + OCSP_basic_verify',
  pkijs: 'pkijs BasicOCSPResponse.verify',
} as const

/** More than the few responders of an issuer that are remembered. */
const LEAST_POOL = 8

export async function measureOcsp(options: PartOptions): Promise<MeasuredPart> {
  const compiled = compile('ocsp')
  const absences = compiled.ok ? [] : [`C is left out: ${compiled.reason}`]
  for (const absence of absences) options.tell(absence)
  const built = await buildInternals()
  try {
    const figures: KindFigures[] = []
    const rows: Row[] = []
    let c = compiled.ok ? '' : `none: ${compiled.reason}`
    for (const kind of KIND_NAMES) {
      options.tell(`${kind}: minting answers, checking everybody's verdicts, ${options.rounds} rounds`)
      const answers = mintAnswers(kind, Math.max(options.pool, LEAST_POOL))
      const openssl = compiled.ok ? await startOpenssl(compiled.program, answers) : null
      if (openssl) c = openssl.version
      try {
        const medians = await measureKind(answers, openssl, built.internals, options)
        const at = (name: string): number => medians.get(name) ?? Number.NaN
        figures.push({ kind, ours: at(NAMES.ours), c: openssl ? at(NAMES.c) : null, pkijs: at(NAMES.pkijs) })
        rows.push(...rowsOf(kind, medians))
      } finally {
        openssl?.close()
      }
    }
    return { machine: { c }, goals: [ocspGoal(figures, absences)], rows }
  } finally {
    built.remove()
    if (compiled.ok) compiled.remove()
  }
}

async function measureKind(
  answers: Answers,
  openssl: Openssl | null,
  internals: Internals,
  options: PartOptions,
): Promise<ReadonlyMap<string, number>> {
  const { byNewResponders, byOneResponder, forged } = answers
  const [ours, pkijs] = [judgeOurs(internals, answers), judgePkijs(answers)]
  await checkVerdicts(NAMES.ours, ours, [...byNewResponders, ...byOneResponder], forged)
  await checkVerdicts(NAMES.pkijs, pkijs, byNewResponders.slice(0, LEAST_POOL), forged)
  if (openssl) await checkVerdicts(NAMES.c, openssl.judge, byNewResponders, forged)
  const micros = await takeTurns(
    [
      contenderOf(NAMES.bare, byNewResponders, judgeBare(answers)),
      contenderOf(NAMES.ours, byNewResponders, ours),
      contenderOf(NAMES.oursAgain, byOneResponder, judgeOurs(internals, answers)),
      ...(openssl ? [openssl.contender(NAMES.c)] : []),
      contenderOf(NAMES.pkijs, byNewResponders, pkijs),
    ],
    options,
  )
  return new Map([...micros].map(([name, each]) => [name, medianOf(each)]))
}

function rowsOf(kind: string, medians: ReadonlyMap<string, number>): readonly Row[] {
  const bare = medians.get(NAMES.bare)
  return [...medians].map(([name, median]) => ({
    name: `${kind}: ${name}`,
    median,
    unit: 'us',
    ratio: bare === undefined ? null : median / bare,
  }))
}
