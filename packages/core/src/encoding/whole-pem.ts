import { X509Certificate } from 'node:crypto'

const MARKER = /^-----(BEGIN|END) ([^-\r\n]+)-----[\t ]*$/
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

/**
 * Reads the certificates of a file that holds its blocks as a whole (RFC 7468 section 2). OpenSSL takes a chain as ended where it finds no next block, so that of a
 * file which is still being written it makes a server without its intermediates.
 *
 * Blocks of other labels, such as the key in the same file, and text between blocks are passed over. A file that is cut between two blocks is whole.
 *
 * Lenient beside `decodePem`, which is for what is trusted: our own certificate may stand in one file with its key, and OpenSSL takes it from there.
 *
 * @param bytes - The caller bounds their number.
 * @returns DER, in the order of the text; empty where there is none.
 * @throws For a block without its end, a marker that does not have its line to itself, and a certificate that cannot be read. The message holds nothing of it.
 */
export function readWholePem(bytes: Uint8Array): readonly Uint8Array[] {
  const certificates: Uint8Array[] = []
  let label: string | undefined
  let body: string[] = []
  for (const [index, line] of Buffer.from(bytes).toString('latin1').split(/\r?\n/).entries()) {
    const [, word, name] = MARKER.exec(line) ?? []
    if (word === undefined) {
      if (/-----|^-+$/.test(line)) throw new Error(`line ${index + 1} has part of a PEM marker`)
      if (label === 'CERTIFICATE') body.push(line)
    } else if (word === 'BEGIN' ? label !== undefined : label !== name) {
      throw new Error(`line ${index + 1} has a PEM marker where there should be none of its kind`)
    } else {
      if (word === 'END' && label === 'CERTIFICATE') certificates.push(readCertificate(body.join(''), index + 1))
      label = word === 'BEGIN' ? name : undefined
      body = []
    }
  }
  if (label !== undefined) throw new Error('it ends within a PEM block')
  return certificates
}

function readCertificate(body: string, line: number): Uint8Array {
  const base64 = body.replace(/[\t ]/g, '')
  try {
    if (!BASE64.test(base64)) throw new Error('no base64')
    return new Uint8Array(new X509Certificate(Buffer.from(base64, 'base64')).raw)
  } catch (cause) {
    throw new Error(`the certificate that ends at line ${line} cannot be read`, { cause })
  }
}
