import { UsageError } from './read-json.ts'
import { run } from './run.ts'

try {
  process.exitCode = await run(process.argv.slice(2), (text) => console.log(text))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
