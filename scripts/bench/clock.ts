/**
 * The processor's time that this process took so far, in nanoseconds: its main thread, and whatever it has collecting garbage, compiling and computing
 * beside. On a machine that does nothing else it is what the clock on the wall shows, or more; on a busy one it does not
 * count what others take, which made one figure three times another. C is measured by the same clock (CLOCK_PROCESS_CPUTIME_ID).
 */
export function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) * 1_000
}
