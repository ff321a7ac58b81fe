/** The three parts of a certificate, by a reader of a few lines that knows only certificates of this package. */
export function partsOf(certificate: Uint8Array): Readonly<{
  tbs: Uint8Array
  signatureAlgorithm: Uint8Array
  signature: Uint8Array
}> {
  const [tbs, signatureAlgorithm, bits] = membersOf(certificate)
  if (tbs === undefined || signatureAlgorithm === undefined || bits === undefined)
    throw new TypeError('not three parts')
  return { tbs, signatureAlgorithm, signature: contentOf(bits).subarray(1) }
}

/** The members of a SEQUENCE, each a whole encoding. */
export function membersOf(sequence: Uint8Array): Uint8Array[] {
  const members: Uint8Array[] = []
  let rest = contentOf(sequence)
  while (rest.length > 0) {
    const { header, length } = lengthOf(rest)
    members.push(rest.subarray(0, header + length))
    rest = rest.subarray(header + length)
  }
  return members
}

function contentOf(encoding: Uint8Array): Uint8Array {
  const { header, length } = lengthOf(encoding)
  return encoding.subarray(header, header + length)
}

function lengthOf(encoding: Uint8Array): Readonly<{ header: number; length: number }> {
  const first = encoding[1] ?? 0
  if (first < 0x80) return { header: 2, length: first }
  const octets = encoding.subarray(2, 2 + (first & 0x7f))
  return { header: 2 + octets.length, length: octets.reduce((length, octet) => length * 256 + octet, 0) }
}
