/**
 * DER as a tree that can be written again, rightly or wrongly. Not the reader under test: that one keeps no tree, refuses what this one
 * has to write, and must not judge its own work.
 */

export interface TreeNode {
  tag: number
  /** What stands before the children: the count of unused bits, where a BIT STRING holds an encoding. */
  prefix: Uint8Array
  /** Null for a leaf, whose content is `octets`. */
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
  const content = node.children ? Buffer.concat([node.prefix, ...node.children.map(writeTree)]) : node.octets
  const end = node.length === 'indefinite' ? [0, 0] : []
  return Buffer.concat([
    Uint8Array.of(node.tag, ...writeLength(content.length, node.length)),
    content,
    Uint8Array.from(end),
  ])
}

function writeLength(length: number, form: TreeNode['length']): number[] {
  if (form === 'indefinite') return [0x80]
  const octets: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  const isShort = length < 0x80
  if (form === 'minimal' && isShort) return [length]
  if (form === 'one octet more' && !isShort) octets.unshift(0)
  return [0x80 | Math.max(octets.length, 1), ...(octets.length === 0 ? [0] : octets)]
}

/** Every node, the root first. */
export const nodesOf = (node: TreeNode): TreeNode[] => [node, ...(node.children ?? []).flatMap(nodesOf)]

export const copyTree = (node: TreeNode): TreeNode => ({ ...node, children: node.children?.map(copyTree) ?? null })
