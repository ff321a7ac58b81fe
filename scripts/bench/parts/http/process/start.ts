import { type ChildProcess, fork } from 'node:child_process'
import { pinned } from '../cores.ts'
import type { Answer, Protocol, Question } from './protocol.ts'

type ArgumentOf<Ask> = Ask extends (argument: infer Argument) => Promise<unknown> ? Argument : never
type AnswerOf<Ask> = Ask extends (argument: never) => Promise<infer Given> ? Given : never

/** A process that answers by a protocol, one question at a time. */
export interface Process<Asked extends Protocol> {
  readonly ask: <Name extends keyof Asked & string>(
    name: Name,
    argument: ArgumentOf<Asked[Name]>,
  ) => Promise<AnswerOf<Asked[Name]>>
  readonly stop: () => Promise<void>
}

/**
 * Starts a module that ends in `answerParent`, on one core where this machine lets it. It ends with this process, whatever ends it.
 *
 * @param core - Null for any.
 */
export function startProcess<Asked extends Protocol>(file: string, core: number | null): Process<Asked> {
  const [execPath, ...execArgv] = pinned(core, [process.execPath, ...process.execArgv])
  const child = fork(file, {
    ...(execPath === undefined ? {} : { execPath, execArgv }),
    serialization: 'advanced',
    // Express says each error to stderr, and caches less, where this is not set.
    env: { ...process.env, NODE_ENV: 'production' },
  })
  return {
    ask: async (name, argument) => (await askChild(child, { name, argument })) as AnswerOf<Asked[typeof name]>,
    stop: async () => {
      if (child.exitCode !== null) return
      const exit = new Promise<void>((resolve) => void child.once('exit', () => resolve()))
      child.kill()
      await exit
    },
  }
}

function askChild(child: ChildProcess, question: Question): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settled = () => {
      child.off('message', answered)
      child.off('exit', ended)
      child.off('error', failed)
    }
    const answered = (answer: Answer): void => {
      settled()
      if ('error' in answer) reject(new Error(answer.error))
      else resolve(answer.answer)
    }
    const failed = (error: Error): void => {
      settled()
      reject(error)
    }
    const ended = (code: number | null): void =>
      failed(new Error(`asked ${question.name}, a process ended with ${code}`))
    child.on('message', answered)
    child.on('exit', ended)
    child.on('error', failed)
    child.send(question)
  })
}
