import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild } from '../../../c/child.ts'
import type { Contender } from '../../../rounds.ts'
import type { RevocationList } from '../lists.ts'

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')

/** One running program in C that has a list. */
export interface Openssl {
  readonly version: string
  /** Octets of the heap that the parsed list takes. */
  readonly octets: number
  readonly judge: (serial: Uint8Array) => Promise<boolean>
  readonly load: (name: string) => Contender
  readonly find: (name: string) => Contender
  readonly close: () => void
}

export async function startOpenssl(program: string, { der, serials }: RevocationList): Promise<Openssl> {
  const child = startChild(program)
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-bench-crl-'))
  try {
    writeFileSync(join(folder, 'crl.der'), der)
    child.tell(`crl ${join(folder, 'crl.der')}`)
    for (const serial of serials) child.tell(`serial ${hex(serial)}`)
    const octets = Number(await child.ask('keep'))
    const contender = (command: string) => (name: string) => ({
      name,
      run: async (times: number) => Number(await child.ask(`${command} ${times}`)),
    })
    return {
      version: await child.ask('version'),
      octets,
      judge: async (serial) => (await child.ask(`judge ${hex(serial)}`)) === 'revoked',
      load: contender('load'),
      find: contender('find'),
      close: child.close,
    }
  } catch (error) {
    child.close()
    throw error
  } finally {
    rmSync(folder, { recursive: true })
  }
}
