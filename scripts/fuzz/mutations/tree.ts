/** Mutants that are still well-formed as encodings: pieces are moved, and every length around them follows. */
import { copyTree, nodesOf, type TreeNode } from '../der-tree.ts'
import type { Random } from '../random.ts'
import type { TreeMutation } from './mutation.ts'

const parentsOf = (tree: TreeNode) => nodesOf(tree).filter(({ children }) => (children?.length ?? 0) > 0)

/** A place among the children of some node. */
function placeIn(tree: TreeNode, random: Random, least = 1) {
  const parents = parentsOf(tree).filter(({ children }) => (children?.length ?? 0) >= least)
  if (parents.length === 0) return undefined
  const children = random.pick(parents).children ?? []
  return { children, at: random.below(children.length) }
}

/** Takes one element out. */
const drop: TreeMutation = (tree, random) => {
  const place = placeIn(tree, random)
  place?.children.splice(place.at, 1)
  return place !== undefined
}

/** Writes one element twice. */
const double: TreeMutation = (tree, random) => {
  const place = placeIn(tree, random)
  const [again] = place?.children.slice(place.at) ?? []
  if (place && again) place.children.splice(random.below(place.children.length + 1), 0, again)
  return place !== undefined
}

/** Exchanges two elements of one parent. */
const swap: TreeMutation = (tree, random) => {
  const place = placeIn(tree, random, 2)
  if (!place) return false
  const { children, at } = place
  const other = (at + 1 + random.below(children.length - 1)) % children.length
  const [a, b] = [children[at], children[other]]
  if (a && b) [children[at], children[other]] = [b, a]
  return true
}

/** Replaces an element by one of another certificate, the one at the same place where there is one. */
const splice: TreeMutation = (tree, random, donor) => {
  let [here, there]: (TreeNode | undefined)[] = [tree, donor]
  for (let depth = 1 + random.below(6); depth > 0; depth--) {
    const [children, others]: (TreeNode[] | null | undefined)[] = [here?.children, there?.children]
    if (!children?.length) break
    const at = random.below(children.length)
    const replacement: TreeNode | undefined = others?.[at]
    if (replacement && (depth === 1 || !children[at]?.children?.length)) {
      children[at] = copyTree(replacement)
      return true
    }
    here = children[at]
    there = replacement
  }
  const place = placeIn(tree, random)
  if (place) place.children[place.at] = copyTree(random.pick(nodesOf(donor)))
  return place !== undefined
}

export const TREE_MUTATIONS = { drop, double, swap, splice } as const satisfies Record<string, TreeMutation>
