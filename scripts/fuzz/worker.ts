/** One of the processes of a run: its own seed, its own mutants, its own openssl. Told what to do by its arguments, it sends what came of it. */
import { fuzz } from './fuzz.ts'

const [seed, seconds] = process.argv.slice(2).map(Number)
if (seed === undefined || seconds === undefined || !process.send) throw new Error('run by run.ts: SEED SECONDS')
process.send(await fuzz(seed, (_, elapsedMs) => elapsedMs >= seconds * 1_000))
