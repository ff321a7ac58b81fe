import { Certificate, CertificateRevocationList } from 'pkijs'
import { startStopwatch } from '../../../clock.ts'
import type { Contender } from '../../../rounds.ts'
import type { RevocationList } from '../lists.ts'

export interface Pkijs {
  readonly load: (name: string) => Contender
  readonly find: (name: string) => Contender
}

/** asn1js stops at 10,000 nodes, which are some 1,700 entries. Its look-up goes through the list from the front. */
export function createPkijs({ der, authority, serials, isRevoked }: RevocationList): Pkijs {
  const list = CertificateRevocationList.fromBER(der)
  const certificates = serials.slice(0, 20).map((serialNumber) => {
    return Certificate.fromBER(authority.issue({ serialNumber, key: 'p256' }).certificate.der)
  })
  certificates.forEach((certificate, index) => {
    if (list.isCertificateRevoked(certificate) !== isRevoked(index)) throw new Error('pkijs judges otherwise')
  })
  let next = 0
  const contender = (work: () => void) => (name: string) => ({
    name,
    run: async (times: number) => {
      const elapsed = startStopwatch()
      for (let count = 0; count < times; count++) work()
      return elapsed()
    },
  })
  return {
    load: contender(() => void CertificateRevocationList.fromBER(der)),
    find: contender(() => {
      const certificate = certificates[next++ % certificates.length]
      if (certificate) list.isCertificateRevoked(certificate)
    }),
  }
}
