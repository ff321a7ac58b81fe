/** One time for all that a decision waits for: a client with five pointers must not wait five times as long. */
export interface Deadline {
  /** What the work brings, or what `late` says where the time is over first. The work goes on: others may wait for it. */
  readonly within: <Outcome>(work: Promise<Outcome>, late: () => Outcome) => Promise<Outcome>
  readonly clear: () => void
}

/** The time begins with the first that is waited for. */
export function createDeadline(timeoutMs: number): Deadline {
  let timer: NodeJS.Timeout | undefined
  let expired: Promise<void> | undefined
  return {
    within: (work, late) => {
      expired ??= new Promise((resolve) => {
        timer = setTimeout(resolve, timeoutMs).unref()
      })
      return Promise.race([work, expired.then(late)])
    },
    clear: () => clearTimeout(timer),
  }
}
