/** The program was started wrongly: its message says what is wrong and what to do, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
