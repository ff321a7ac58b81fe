/** A mistake in how a program was called or in a file it was given: printed without a stack, and exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Runs a program that returns its exit code. */
export async function runProgram(program: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await program()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(error.message)
    process.exitCode = 2
  }
}
