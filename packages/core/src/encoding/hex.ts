/** Bytes in lower-case hexadecimal, without separators: fingerprints, serial numbers. */
export function encodeHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}
