import type { Answer, Protocol, Question } from './protocol.ts'

/** Answers what the parent asks, until the parent goes. */
export function answerParent(protocol: Protocol): void {
  const reply = (answer: Answer) => void process.send?.(answer)
  process.on('message', ({ name, argument }: Question) => {
    const answer = protocol[name] as ((argument: unknown) => Promise<unknown>) | undefined
    if (!answer) return reply({ error: `nobody can be asked ${name}` })
    answer(argument).then(
      (value) => reply({ answer: value }),
      (error: unknown) => reply({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
  })
  process.on('disconnect', () => process.exit())
}
