import { type DerCursor, DerError, isAtEnd, readAny, TAG } from '../encoding/der.ts'
import type { Leniency } from './extensions.ts'

/**
 * Reads a `Time` (RFC 5280 4.1.2.5) as milliseconds since 1970.
 *
 * UTCTime is `YYMMDDHHMMSSZ` with years 1950 to 2049, GeneralizedTime `YYYYMMDDHHMMSSZ`; seconds are there, fractions and offsets
 * are not.
 */
export function readTime(cursor: DerCursor, leniencies: Leniency[]): number {
  const element = readAny(cursor)
  if (element.tag !== TAG.utcTime && element.tag !== TAG.generalizedTime) {
    throw new DerError(element.start, 'neither UTCTime nor GeneralizedTime')
  }
  const digits = element.tag === TAG.utcTime ? 12 : 14
  const { bytes } = cursor
  if (element.end - element.value !== digits + 1 || bytes[element.end - 1] !== 0x5a) {
    throw new DerError(element.value, `not ${digits} digits and Z`)
  }
  const last = element.end - 1
  const written = readDigits(bytes, element.value, last - 10)
  const year = element.tag === TAG.generalizedTime ? written : written + (written < 50 ? 2000 : 1900)
  // Lenient: RFC 5280 forbids GeneralizedTime before 2050 to issuers, and Go-based private CAs have emitted it; it is unambiguous.
  if (element.tag === TAG.generalizedTime && year < 2050) leniencies.push('generalized-time-before-2050')
  const month = readDigits(bytes, last - 10, last - 8)
  const day = readDigits(bytes, last - 8, last - 6)
  const hour = readDigits(bytes, last - 6, last - 4)
  const minute = readDigits(bytes, last - 4, last - 2)
  const second = readDigits(bytes, last - 2, last)
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month)
  if (!isDate || hour > 23 || minute > 59 || second > 59) {
    throw new DerError(element.value, 'no such date or time of day')
  }
  // Date.UTC takes years below 100 for those of the twentieth century; the calendar repeats every 400 years.
  return Date.UTC(year + 400, month - 1, day, hour, minute, second) - FOUR_CENTURIES
}

/** Reads a GeneralizedTime where no UTCTime may stand (RFC 6960 4.2.2.1): in the same form, whatever the year. */
export function readGeneralizedTime(cursor: DerCursor): number {
  if (isAtEnd(cursor) || cursor.bytes[cursor.position] !== TAG.generalizedTime) {
    throw new DerError(cursor.position, 'not a GeneralizedTime')
  }
  return readTime(cursor, [])
}

const FOUR_CENTURIES = 146_097 * 86_400_000

function daysOf(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

function readDigits(bytes: Uint8Array, start: number, end: number): number {
  let number = 0
  for (let index = start; index < end; index++) {
    const digit = (bytes[index] ?? 0) - 0x30
    if (digit < 0 || digit > 9) throw new DerError(index, 'not a digit')
    number = number * 10 + digit
  }
  return number
}
