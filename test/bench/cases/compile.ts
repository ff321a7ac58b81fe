/** Started with a PATH on which there is nothing. */
import { compile } from '../../../scripts/bench/c/compile.ts'

const compiled = compile('verify')
process.stderr.write(compiled.ok ? 'it compiled' : compiled.reason)
