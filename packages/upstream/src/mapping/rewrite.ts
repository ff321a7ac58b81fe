import { checkPath } from './request-path.ts'

/** Of Ambassador: the prefix is replaced by the root. */
export const DEFAULT_REWRITE = '/'

/** Of Ambassador: the path is left as it is. */
export const NO_REWRITE = ''

/**
 * Replaces the prefix of a path, literally, as Envoy's `prefix_rewrite` does.
 *
 * Departs from Envoy in one place: where `rewrite` ends with a slash and what is left begins with one, it is one slash. (With the prefix `/qotm` and the default
 * rewrite, Envoy makes `//quote` of `/qotm/quote`; http-proxy would merge it, and @fastify/http-proxy refuses it.)
 *
 * @param path - Begins with `prefix` and has passed `checkPath`.
 * @returns Null where the result would have a dot segment: it would lead out of `rewrite`.
 */
export function rewritePath(path: string, prefix: string, rewrite: string): string | null {
  if (rewrite === NO_REWRITE) return path
  const rest = path.slice(prefix.length)
  const rewritten = rewrite.endsWith('/') && rest.startsWith('/') ? rewrite + rest.slice(1) : rewrite + rest
  return checkPath(rewritten) === null ? rewritten : null
}

/** What to warn of where one of both ends with a slash and the other does not; null where they go together. */
export function slashMismatch(prefix: string, rewrite: string): string | null {
  if (rewrite === NO_REWRITE || prefix.endsWith('/') === rewrite.endsWith('/')) return null
  const examples = prefix.endsWith('/') ? [prefix, `${prefix}x`] : [prefix, `${prefix}/x`, `${prefix}x`]
  const shown = examples.map((path) => `${path} arrives as ${String(rewritePath(path, prefix, rewrite))}`)
  const [without] = prefix.endsWith('/') ? [`, and ${prefix.slice(0, -1)} is not matched`] : ['']
  return `the prefix is replaced literally, and only one of \`prefix\` and \`rewrite\` ends with a slash: ${shown.join(', ')}${without}`
}
