/** A resolver of names whose answers change: DNS rebinding, where the address that is checked is not the one that is connected to. */

/** Resolves names without asking anybody, and counts how often it was asked. */
export type ChangingResolver = Readonly<{
  /** As `revocation.fetch.lookup` takes it. */
  lookup: (host: string) => Promise<readonly string[]>
  /** The hosts that were asked for, in order. */
  asked: readonly string[]
}>

/**
 * Creates a resolver that gives the first answer at first, the second one then, and the last one from then on, whatever the name.
 *
 * @example
 * const rebinding = createChangingResolver(['93.184.215.14'], ['127.0.0.1'])
 */
export function createChangingResolver(...answers: ReadonlyArray<readonly string[]>): ChangingResolver {
  const asked: string[] = []
  return {
    asked,
    lookup: (host) => {
      const answer = answers[Math.min(asked.length, answers.length - 1)] ?? []
      asked.push(host)
      return Promise.resolve(answer)
    },
  }
}
