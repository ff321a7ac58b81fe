import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { cryptoProvider, X509Certificate, X509ChainBuilder } from '@peculiar/x509'
import type { Family } from '../families.ts'
import type { Judge } from '../job.ts'

/** Its chain builder, which follows names and signatures and looks at no date and no extension, with the root parsed beforehand. */
export function judgePeculiar({ root }: Family): Judge {
  cryptoProvider.set(webcrypto)
  const anchor = new X509Certificate(root.certificate.der)
  return async ({ leaf, intermediate }) => {
    const builder = new X509ChainBuilder({ certificates: [new X509Certificate(intermediate), anchor] })
    const chain = await builder.build(new X509Certificate(leaf))
    return chain.length === 3 && chain.at(-1)?.equal(anchor) === true
  }
}
