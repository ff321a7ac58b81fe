/** Finds the TypeScript blocks of a Markdown document. Pure: text in, examples and findings out. */

export type Example = Readonly<{
  /** Of the fence, counted from one. */
  line: number
  /** What the fragment takes for granted, from the comment before it; empty when there is none. */
  given: string
  code: string
}>

export type Examples = Readonly<{ examples: readonly Example[]; complaints: readonly string[] }>

const FENCE = /^(?<indent> *)(?<ticks>`{3,}|~{3,})\s*(?<info>.*)$/
const GIVEN = /<!--\s*given:(?<given>(?:(?!-->)[\s\S])*)-->\s*$/

export function examplesOf(markdown: string): Examples {
  const lines = markdown.split('\n')
  const examples: Example[] = []
  const complaints: string[] = []

  for (let index = 0; index < lines.length; index += 1) {
    const fence = FENCE.exec(lines[index] ?? '')?.groups
    if (fence === undefined) continue
    const { indent = '', ticks = '', info = '' } = fence
    const end = lines.findIndex((line, at) => at > index && line.trim() === ticks)
    const line = index + 1
    if (end === -1) {
      complaints.push(`${line}: a block that is never closed`)
      break
    }
    const before = lines.slice(0, index).join('\n')
    const code = lines.slice(index + 1, end).map((text) => text.slice(indent.length))
    index = end

    const [language, word, ...reason] = info.split(/\s+/)
    if (language !== 'ts' && language !== 'typescript') continue
    if (word === 'nocheck') {
      if (reason.length < 3) complaints.push(`${line}: nocheck without a reason after it`)
      continue
    }
    if (word !== undefined) complaints.push(`${line}: ${word} after ts is not known here`)
    examples.push({ line, given: GIVEN.exec(before)?.groups?.['given']?.trim() ?? '', code: code.join('\n') })
  }
  return { examples, complaints }
}
