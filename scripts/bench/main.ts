import { runProgram } from '../usage-error.ts'
import { run } from './run.ts'

await runProgram(() =>
  run(
    process.argv.slice(2),
    (text) => console.log(text),
    (text) => console.error(text),
  ),
)
