import { startChild } from '../../../c/child.ts'
import type { Contender } from '../../../rounds.ts'
import type { Answers } from '../answers.ts'
import type { Judge } from '../job.ts'

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')

/** One running program in C that has the answers. */
export interface Openssl {
  readonly version: string
  readonly judge: Judge
  readonly contender: (name: string) => Contender
  readonly close: () => void
}

export async function startOpenssl(program: string, { issuer, subject, byNewResponders }: Answers): Promise<Openssl> {
  const child = startChild(program)
  child.tell(`issuer ${hex(issuer.certificate.der)}`)
  child.tell(`subject ${hex(subject.certificate.der)}`)
  for (const answer of byNewResponders) child.tell(`response ${hex(answer)}`)
  return {
    version: await child.ask('version'),
    judge: async (answer) => (await child.ask(`judge ${hex(answer)}`)) === 'good',
    contender: (name) => ({ name, run: async (times) => Number(await child.ask(`run ${times}`)) }),
    close: child.close,
  }
}
