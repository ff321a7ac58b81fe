/** Finds the links between the pages of the documentation that lead nowhere. Pure: pages in, complaints out. */

const LINK = /\[[^\]]*\]\((?<target>[^)\s]+)\)/g
const HEADING = /^#{1,6} (?<text>.*)$/gm
const BLOCK = /^(?<ticks>`{3,})[\s\S]*?^\k<ticks>$/gm

/** The fragment by which a heading is reached: GitHub's rule, lower case, without punctuation, spaces as hyphens. */
export const fragmentOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')

/**
 * @param pages - Text by path, of every page.
 * @param isThere - Whether any other path exists.
 */
export function brokenLinks(pages: ReadonlyMap<string, string>, isThere: (path: string) => boolean): string[] {
  return [...pages].flatMap(([page, markdown]) => {
    const prose = markdown.replace(BLOCK, '')
    const targets = [...prose.matchAll(LINK)].map(({ groups }) => groups?.['target'] ?? '')
    return targets
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => !leadsSomewhere(page, target, pages, isThere))
      .map((target) => `${page}: ${target}`)
  })
}

function leadsSomewhere(
  page: string,
  target: string,
  pages: ReadonlyMap<string, string>,
  isThere: (path: string) => boolean,
): boolean {
  const { pathname, hash } = new URL(target, `file:///${page}`)
  const path = pathname.slice(1)
  const text = pages.get(path)
  if (text === undefined) return hash === '' && isThere(path)
  const fragments = [...text.replace(BLOCK, '').matchAll(HEADING)].map(({ groups }) =>
    fragmentOf(groups?.['text'] ?? ''),
  )
  return hash === '' || fragments.includes(decodeURIComponent(hash.slice(1)))
}
