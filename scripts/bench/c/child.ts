import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A program that is asked by the line and answers by the line, one question at a time. */
export interface Child {
  readonly tell: (line: string) => void
  readonly ask: (line: string) => Promise<string>
  readonly close: () => void
}

/** Starts the compiled program. It waits on its input between its rounds, so it takes nothing from ours. */
export function startChild(program: string): Child {
  const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const waiting: { readonly answer: (line: string) => void; readonly fail: (error: Error) => void }[] = []
  lines.on('line', (line) => waiting.shift()?.answer(line))
  const end = (error: Error) => {
    for (const { fail } of waiting.splice(0)) fail(error)
  }
  child.on('error', end)
  child.on('exit', (code) => end(new Error(`the program in C ended with ${code}`)))
  child.stdin.on('error', end)
  return {
    tell: (line) => void child.stdin.write(`${line}\n`),
    ask: (line) =>
      new Promise((answer, fail) => {
        waiting.push({ answer, fail })
        child.stdin.write(`${line}\n`)
      }),
    close: () => void child.stdin.end(),
  }
}
