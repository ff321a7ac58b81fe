import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Paths of every file that git keeps or would keep: a finding is cheaper before the commit. */
export function keptFiles(...pathspecs: readonly string[]): string[] {
  const flags = ['--cached', '--others', '--exclude-standard', '--deduplicate', '-z']
  const listed = execFileSync('git', ['ls-files', ...flags, '--', ...pathspecs], { encoding: 'utf8' })
  // Deleted and not yet committed is still listed.
  return listed.split('\0').filter((path) => path !== '' && existsSync(path))
}
