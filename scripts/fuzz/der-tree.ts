/**
 * DER as a tree that can be written again, rightly or wrongly. Not the reader under test: that one keeps no tree, refuses what this one
 * has to write, and must not judge its own work.
 */

export interface TreeNode {
  tag: number
  /** What stands before the children: the count of unused bits, where a BIT STRING holds an encoding. Empty for a leaf. */
  prefix: Uint8Array
  /** Null for a leaf, whose content is `octets`, which are empty for others. */
  children: TreeNode[] | null
  octets: Uint8Array
  /** How the length is written; the wrong ways are for mutants. */
  length: 'minimal' | 'one octet more' | 'indefinite'
}

const NOTHING = new Uint8Array()

/** Reads one element that fills the bytes; undefined where they are none. OCTET and BIT STRINGs are entered where they hold an encoding. */
export function readTree(bytes: Uint8Array): TreeNode | undefined {
  const nodes = readAll(bytes, 0)
  return nodes?.length === 1 ? nodes[0] : undefined
}

/** Deep enough for a certificate's extensions, and an end for random bytes. */
const DEEPEST = 24

function readAll(bytes: Uint8Array, depth: number): TreeNode[] | undefined {
  const nodes: TreeNode[] = []
  for (let at = 0; at < bytes.length; ) {
    const header = readHeader(bytes, at)
    if (!header || depth > DEEPEST) return undefined
    nodes.push(nodeOf(header.tag, bytes.subarray(header.value, header.end), depth))
    at = header.end
  }
  return nodes
}

function nodeOf(tag: number, content: Uint8Array, depth: number): TreeNode {
  const leaf: TreeNode = { tag, prefix: NOTHING, children: null, octets: content, length: 'minimal' }
  const prefix = tag === 0x03 ? content.subarray(0, 1) : NOTHING
  const isString = tag === 0x04 || (tag === 0x03 && content[0] === 0)
  const isConstructed = (tag & 0x20) !== 0
  if (!isConstructed && !isString) return leaf
  const inner = content.subarray(prefix.length)
  const children = isString && inner.length < 2 ? undefined : readAll(inner, depth + 1)
  if (children === undefined || (isString && children.length !== 1)) return leaf
  return { ...leaf, prefix, children, octets: NOTHING }
}

function readHeader(bytes: Uint8Array, at: number) {
  const [tag = 0, first] = [bytes[at], bytes[at + 1]]
  if (first === undefined || (tag & 0x1f) === 0x1f) return undefined
  let [length, value] = [first, at + 2]
  if (first >= 0x80) {
    const octets = first & 0x7f
    if (octets === 0 || octets > 3 || value + octets > bytes.length) return undefined
    length = bytes.subarray(value, value + octets).reduce((number, octet) => number * 256 + octet, 0)
    value += octets
  }
  return value + length > bytes.length ? undefined : { tag, value, end: value + length }
}

/** Writes the tree; lengths follow from what is in it. */
export function writeTree(node: TreeNode): Uint8Array {
  const lengths = new Map<TreeNode, number>()
  const bytes = Buffer.allocUnsafe(measure(node, lengths))
  write(node, lengths, bytes, 0)
  return bytes
}

/** How many octets the whole element takes; what is in each node is noted down. */
function measure(node: TreeNode, lengths: Map<TreeNode, number>): number {
  let content = node.prefix.length + node.octets.length
  for (const child of node.children ?? []) content += measure(child, lengths)
  lengths.set(node, content)
  return 1 + lengthOctets(content, node.length) + content + (node.length === 'indefinite' ? 2 : 0)
}

function lengthOctets(content: number, form: TreeNode['length']): number {
  if (form === 'indefinite') return 1
  const octets = content < 0x80 ? 0 : content < 0x100 ? 1 : content < 0x1_0000 ? 2 : 3
  return 1 + octets + (form === 'minimal' ? 0 : 1)
}

/** @returns Where the next element goes. */
function write(node: TreeNode, lengths: ReadonlyMap<TreeNode, number>, bytes: Buffer, start: number): number {
  const content = lengths.get(node) ?? 0
  const octets = lengthOctets(content, node.length) - 1
  let at = start
  bytes[at++] = node.tag
  bytes[at++] = node.length === 'indefinite' ? 0x80 : octets === 0 ? content : 0x80 | octets
  if (octets > 0) at = bytes.writeUIntBE(content, at, octets)
  bytes.set(node.prefix, at)
  at += node.prefix.length
  bytes.set(node.octets, at)
  at += node.octets.length
  for (const child of node.children ?? []) at = write(child, lengths, bytes, at)
  if (node.length === 'indefinite') at = bytes.writeUInt16BE(0, at)
  return at
}

/** Every node, the root first. */
export function nodesOf(node: TreeNode, found: TreeNode[] = []): TreeNode[] {
  found.push(node)
  for (const child of node.children ?? []) nodesOf(child, found)
  return found
}

export const copyTree = ({ tag, prefix, children, octets, length }: TreeNode): TreeNode => ({
  tag,
  prefix,
  children: children === null ? null : children.map(copyTree),
  octets,
  length,
})
