/** What a page of docs/deploy tells its reader to write into the proxy's configuration, and to type. */
import { readFileSync } from 'node:fs'

export type Page = Readonly<{
  configuration: string
  /** Of the spoofing test: what sets `$cert`. */
  preparation: string
  /** The commands of the spoofing test, in its steps. */
  steps: readonly string[]
}>

type Block = Readonly<{ section: string; language: string; code: string }>

/**
 * Reads the configuration, which is the first block in the proxy's own language, and the spoofing test, which is the blocks of shell in its section.
 *
 * @throws {Error} Where the page has no such block any more.
 */
export function readPage(path: string, language: string): Page {
  const blocks = blocksOf(readFileSync(path, 'utf8'))
  const configuration = blocks.find((block) => block.language === language)?.code
  const [preparation, ...steps] = blocks
    .filter((block) => block.section === 'The spoofing test that must fail' && block.language === 'sh')
    .map(({ code }) => code)
  if (configuration === undefined || preparation === undefined || steps.length === 0) {
    throw new Error(`${path} has lost its configuration or its spoofing test`)
  }
  return { configuration, preparation, steps }
}

function blocksOf(markdown: string): Block[] {
  const sections = markdown.split(/^## /m)
  return sections.flatMap((section) =>
    [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({
      section: section.slice(0, section.indexOf('\n')),
      language,
      code,
    })),
  )
}

/**
 * Puts what is true here in the place of what the page says: ports, hosts that are reached, folders.
 *
 * @throws {Error} For what the page does not say, so that no replacement outlives it.
 */
export function putHere(text: string, replacements: ReadonlyArray<readonly [said: string, here: string]>): string {
  return replacements.reduce((changed, [said, here]) => {
    if (!changed.includes(said)) throw new Error(`the page does not say ${said}`)
    return changed.replaceAll(said, here)
  }, text)
}
