const GOOD = 'HTTP/1.1 200'

/** Reads the answers of one connection, one at a time. */
export interface ReplyReader {
  /**
   * @returns Whether the answer is complete.
   * @throws {Error} For any other than 200 with the body: what is measured is the same job for all.
   */
  readonly read: (chunk: Buffer) => boolean
}

export function createReplyReader(body: string): ReplyReader {
  let before: Buffer | null = null
  return {
    read: (chunk) => {
      const text: Buffer = before ? Buffer.concat([before, chunk]) : chunk
      before = text
      if (text.length < GOOD.length) return false
      if (text.toString('latin1', 0, GOOD.length) !== GOOD)
        throw new Error(`answered ${text.toString('latin1', 0, 200)}`)
      const end = text.indexOf('\r\n\r\n')
      if (end < 0 || text.length < end + 4 + body.length) return false
      if (text.toString('latin1', end + 4) !== body) throw new Error(`answered ${text.toString('latin1', 0, 500)}`)
      before = null
      return true
    },
  }
}
