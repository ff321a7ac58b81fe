#!/usr/bin/env node
/** The program `clientcert-consul-connector`. */
import { runConnector } from './run-connector.ts'

const ended = new Promise<string>((resolve) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal))
})

process.exitCode = await runConnector({
  argv: process.argv.slice(2),
  env: process.env,
  out: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
  ended,
})
