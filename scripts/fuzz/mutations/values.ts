/** Another meaning, written well: the rules are what stands in the way, not the reader. */
import { copyTree, nodesOf, type TreeNode } from '../der-tree.ts'
import type { Random } from '../random.ts'
import type { TreeMutation } from './mutation.ts'

const changing =
  (isMeant: (node: TreeNode) => boolean, change: (octets: Uint8Array, random: Random) => Uint8Array): TreeMutation =>
  (tree, random) => {
    const nodes = nodesOf(tree).filter((node) => node.children === null && isMeant(node))
    if (nodes.length === 0) return false
    const node = random.pick(nodes)
    node.octets = change(node.octets, random)
    return true
  }

/** rfc822Name, dNSName and uniformResourceIdentifier. */
const ALTERNATIVE_NAMES = [0x81, 0x82, 0x86]
const NAMES = [0x0c, 0x13, 0x14, 0x16, ...ALTERNATIVE_NAMES]

const smallNumber = changing(
  ({ tag, octets }) => [0x02, 0x80, 0x81].includes(tag) && octets.length <= 2,
  (_, random) => Uint8Array.of(random.pick([0, 1, 2, 3, 127, 128, 255])),
)

const year = changing(
  ({ tag }) => tag === 0x17 || tag === 0x18,
  (octets, random) => {
    const changed = Uint8Array.from(octets)
    const at = random.below(changed.length - 1)
    changed[at] = 0x30 + random.below(10)
    return changed
  },
)

const oidArc = changing(
  ({ tag }) => tag === 0x06,
  (octets, random) => Uint8Array.from([...octets.slice(0, -1), random.below(128)]),
)

/** Letters, case, white space: names that may or may not be the same. */
const name = changing(
  ({ tag }) => NAMES.includes(tag),
  (octets, random) => {
    const text = Buffer.from(octets).toString('latin1')
    const at = random.below(text.length + 1)
    const changed = random.pick([
      () => text.toUpperCase(),
      () => ` ${text.replaceAll(' ', '  ')} `,
      () => `${text.slice(0, at)}.${text.slice(at)}`,
      () => `*.${text}`,
      () => `.${text}`,
      () => `x${text}`,
      () => `${text}@fuzz.example`,
      () => '',
    ])()
    return Buffer.from(changed, 'latin1')
  },
)

/** CVE-2009-2408. Not in distinguished names: RFC 4518 2.2 lets controls count for nothing there, and openssl does not. */
const control = changing(
  ({ tag }) => ALTERNATIVE_NAMES.includes(tag),
  (octets, random) => {
    const at = random.below(octets.length + 1)
    return Uint8Array.from([...octets.slice(0, at), random.pick([0x00, 0x0a, 0x7f, 0x80]), ...octets.slice(at)])
  },
)

const flags = changing(
  ({ tag, octets }) => tag === 0x03 && octets.length <= 3,
  (_, random) => Uint8Array.of(0, random.below(256)),
)

const address = changing(
  ({ tag }) => tag === 0x87,
  (octets, random) => {
    const changed = Uint8Array.from(octets)
    changed[random.below(Math.max(changed.length, 1))] = random.pick([0, 1, 127, 128, 254, 255])
    return random.isOneIn(4) ? changed.subarray(0, random.pick([0, 4, 8, 16])) : changed
  },
)

/** Whole extensions: those of the signed part, which ends with them. */
const extensionsOf = (tree: TreeNode): TreeNode[] =>
  nodesOf(tree).find(({ tag, children }) => tag === 0xa3 && children?.[0]?.tag === 0x30)?.children?.[0]?.children ?? []

const oidOf = ({ children }: TreeNode): string => Buffer.from(children?.[0]?.octets ?? []).toString('hex')

/** Puts an extension of another certificate in the place of the own one, or adds it. */
const graft: TreeMutation = (tree, random, donor) => {
  const [own, theirs] = [extensionsOf(tree), extensionsOf(donor)]
  if (own.length === 0 || theirs.length === 0) return false
  const taken = copyTree(random.pick(theirs))
  const at = own.findIndex((extension) => oidOf(extension) === oidOf(taken))
  own.splice(at === -1 ? own.length : at, at === -1 ? 0 : 1, taken)
  return true
}

/** Turns the criticality of an extension round. */
const criticality: TreeMutation = (tree, random) => {
  const extensions = nodesOf(tree).filter(
    ({ children }) => children?.[0]?.tag === 0x06 && children.at(-1)?.tag === 0x04,
  )
  if (extensions.length === 0) return false
  const { children } = random.pick(extensions)
  if (children?.length === 3) children.splice(1, 1)
  else
    children?.splice(1, 0, {
      tag: 0x01,
      prefix: new Uint8Array(),
      children: null,
      octets: Uint8Array.of(0xff),
      length: 'minimal',
    })
  return true
}

export const VALUE_MUTATIONS = {
  smallNumber,
  year,
  oidArc,
  name,
  control,
  flags,
  address,
  criticality,
  graft,
} as const satisfies Record<string, TreeMutation>
