import type { TreeNode } from '../der-tree.ts'
import type { Random } from '../random.ts'

/** Changes one encoding: raw bytes, without regard to what they mean. */
export type ByteMutation = (bytes: Uint8Array, random: Random) => Uint8Array

/**
 * Changes one tree in place.
 *
 * @param donor - Another certificate, to copy pieces from.
 * @returns Whether there was anything to change.
 */
export type TreeMutation = (tree: TreeNode, random: Random, donor: TreeNode) => boolean
