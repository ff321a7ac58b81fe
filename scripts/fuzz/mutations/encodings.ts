/** The same meaning, written in a way that BER allows or some writer has used: where two readers come to differ. */
import { nodesOf, type TreeNode } from '../der-tree.ts'
import type { Random } from '../random.ts'
import type { TreeMutation } from './mutation.ts'

const UTC_TIME = 0x17
const GENERALIZED_TIME = 0x18
/** Without NumericString, which openssl compares by octets alone; RFC 5280 7.1 lets readers do either. */
const STRINGS = [0x0c, 0x13, 0x14, 0x16, 0x1a, 0x1c, 0x1e]

/** Changes one of the nodes that the rewriting is about. */
const rewriting =
  (isMeant: (node: TreeNode) => boolean, rewrite: (node: TreeNode, random: Random) => void): TreeMutation =>
  (tree, random) => {
    const nodes = nodesOf(tree).filter(isMeant)
    if (nodes.length > 0) rewrite(random.pick(nodes), random)
    return nodes.length > 0
  }

const isLeaf =
  (...tags: readonly number[]) =>
  ({ tag, children }: TreeNode): boolean =>
    children === null && tags.includes(tag)

const text = ({ octets }: TreeNode): string => Buffer.from(octets).toString('latin1')

const join = (...pieces: readonly Uint8Array[]): Uint8Array => Buffer.concat(pieces)

const boolean = rewriting(isLeaf(0x01), (node, random) => {
  node.octets = random.pick([
    Uint8Array.of(0x01),
    Uint8Array.of(0x00),
    Uint8Array.of(0x7f),
    new Uint8Array(),
    Uint8Array.of(0xff, 0xff),
  ])
})

/** An OID is followed by what it governs; a criticality of FALSE between them is its DEFAULT. */
const encodedDefault: TreeMutation = (tree, random) => {
  const holders = nodesOf(tree).filter(({ children }) => children?.[0]?.tag === 0x06 && children.length === 2)
  if (holders.length === 0) return false
  const octets = random.pick([Uint8Array.of(0x00), Uint8Array.of(0xff)])
  const node: TreeNode = { tag: 0x01, prefix: new Uint8Array(), children: null, octets, length: 'minimal' }
  random.pick(holders).children?.splice(1, 0, node)
  return true
}

const time = rewriting(isLeaf(UTC_TIME, GENERALIZED_TIME), (node, random) => {
  const digits = text(node).replace(/Z$/, '')
  const isWide = node.tag === GENERALIZED_TIME
  const other = isWide ? digits.slice(2) : `${digits < '50' ? '20' : '19'}${digits}`
  const [tag, written] = random.pick([
    [isWide ? UTC_TIME : GENERALIZED_TIME, `${other}Z`],
    [node.tag, digits],
    [node.tag, `${digits.slice(0, -2)}Z`],
    [node.tag, `${digits}+0000`],
    [GENERALIZED_TIME, `${isWide ? digits : other}.0Z`],
    [node.tag, `${digits.slice(0, -2)}60Z`],
    [isWide ? UTC_TIME : GENERALIZED_TIME, `${digits}Z`],
  ] as const)
  node.tag = tag
  node.octets = Buffer.from(written, 'latin1')
})

const integer = rewriting(isLeaf(0x02), (node, random) => {
  node.octets = random.pick([
    join(Uint8Array.of(0), node.octets),
    join(Uint8Array.of(0xff), node.octets),
    new Uint8Array(),
  ])
})

const objectIdentifier = rewriting(isLeaf(0x06, 0x88), (node, random) => {
  const [first = 0, ...rest] = node.octets
  node.octets = random.pick([
    Uint8Array.of(first, 0x80, ...rest),
    join(node.octets, Uint8Array.of(0x80)),
    Uint8Array.of(first, 0x90, 0x80, 0x80, 0x80, ...rest),
    new Uint8Array(),
  ])
})

const string = rewriting(isLeaf(...STRINGS), (node, random) => {
  node.tag = random.pick(STRINGS)
  if (node.tag === 0x1e && random.isOneIn(2)) node.octets = Buffer.from(text(node), 'utf16le').swap16()
})

const parameters: TreeMutation = (tree, random) => {
  const algorithms = nodesOf(tree).filter(({ tag, children }) => tag === 0x30 && children?.[0]?.tag === 0x06)
  if (algorithms.length === 0) return false
  const { children } = random.pick(algorithms)
  if (children?.[1]) children.splice(1, 1)
  else
    children?.push({ tag: 0x05, prefix: new Uint8Array(), children: null, octets: new Uint8Array(), length: 'minimal' })
  return true
}

const bits = rewriting(
  ({ tag }) => tag === 0x03,
  (node, random) => {
    const unused = Uint8Array.of(1 + random.below(8))
    if (node.children) node.prefix = unused
    else node.octets = random.isOneIn(3) ? join(node.octets, Uint8Array.of(0)) : join(unused, node.octets.subarray(1))
  },
)

const length = rewriting(
  () => true,
  (node, random) => {
    node.length = random.pick(['one octet more', 'indefinite'] as const)
  },
)

/** Primitive as constructed and back, or of another class. */
const tag = rewriting(
  () => true,
  (node, random) => {
    node.tag ^= random.pick([0x20, 0x40, 0x80, 0x01])
  },
)

export const ENCODING_MUTATIONS = {
  boolean,
  encodedDefault,
  time,
  integer,
  objectIdentifier,
  string,
  parameters,
  bits,
  length,
  tag,
} as const satisfies Record<string, TreeMutation>
