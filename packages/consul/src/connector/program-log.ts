import type { Logger } from '@clientcert/core'

/** The program's own log: a line for each event. */
export type ProgramLog = Logger & { readonly error: (details: object, message: string) => void }

/**
 * Creates a log of lines: JSON with `time`, `level`, `message` and the details, or text for people.
 *
 * @param write - Takes a line with its end.
 */
export function createProgramLog(form: 'json' | 'text', write: (line: string) => void, clock: () => Date): ProgramLog {
  const line = (level: 'info' | 'warn' | 'error') => (details: object, message: string) => {
    const time = clock().toISOString()
    // A line end of somebody else's would be a line of the log (CWE-117); JSON escapes it.
    write(
      form === 'json'
        ? `${JSON.stringify({ time, level, message, ...details })}\n`
        : `${time} ${level} ${oneLine(message)}\n`,
    )
  }
  return { info: line('info'), warn: line('warn'), error: line('error') }
}

const oneLine = (text: string): string => text.replace(/[\r\n]+/g, ' ')
