import { type Child, startChild } from '../../../c/child.ts'
import type { Contender } from '../../../rounds.ts'
import type { Family } from '../families.ts'
import type { Job, Judge } from '../job.ts'

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')

const WORDS: Readonly<Record<Job, string>> = { 'issuer cached': 'kept', cold: 'cold' }

/** One running program in C that has a family's certificates. */
export interface Openssl {
  readonly version: string
  readonly judge: (job: Job) => Judge
  readonly contender: (name: string, job: Job) => Contender
  readonly close: () => void
}

export async function startOpenssl(program: string, family: Family): Promise<Openssl> {
  const child = startChild(program)
  const { root, issuer, underIssuer, chains, at } = family
  child.tell(`at ${at.getTime() / 1_000}`)
  child.tell(`root ${hex(root.certificate.der)}`)
  child.tell(`issuer ${hex(issuer.certificate.der)}`)
  for (const { leaf } of underIssuer) child.tell(`leaf ${hex(leaf)}`)
  for (const { leaf, intermediate } of chains) child.tell(`chain ${hex(leaf)} ${hex(intermediate)}`)
  return {
    version: await child.ask('version'),
    judge: (job) => judgeBy(child, job),
    contender: (name, job) => ({
      name,
      run: async (times) => Number(await child.ask(`run ${WORDS[job]} ${times}`)),
    }),
    close: child.close,
  }
}

function judgeBy(child: Child, job: Job): Judge {
  return async ({ leaf, intermediate }) => {
    const certificates = job === 'cold' ? [leaf, intermediate] : [leaf]
    return (await child.ask(`judge ${WORDS[job]} ${certificates.map(hex).join(' ')}`)) === 'ok'
  }
}
