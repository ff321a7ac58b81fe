import type { LoadedMaterial } from './material.ts'

/** Whether two loads brought the same certificate, key and authorities. */
export const isSameMaterial = (a: LoadedMaterial, b: LoadedMaterial): boolean =>
  a.authoritiesFrom === b.authoritiesFrom &&
  a.authorities.length === b.authorities.length &&
  a.authorities.every((authority, index) => authority === b.authorities[index]) &&
  a.identity?.cert === b.identity?.cert &&
  a.identity?.passphrase === b.identity?.passphrase &&
  Buffer.compare(keyOf(a), keyOf(b)) === 0

const keyOf = ({ identity }: LoadedMaterial): Buffer => identity?.key ?? Buffer.alloc(0)
