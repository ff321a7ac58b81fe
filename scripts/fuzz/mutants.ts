import { copyTree, readTree, type TreeNode, writeTree } from './der-tree.ts'
import type { Link } from './fixed-mint.ts'
import type { World } from './good-chains.ts'
import { BYTE_MUTATIONS } from './mutations/bytes.ts'
import { LIST_MUTATIONS } from './mutations/certificates.ts'
import { ENCODING_MUTATIONS } from './mutations/encodings.ts'
import type { TreeMutation } from './mutations/mutation.ts'
import { TREE_MUTATIONS } from './mutations/tree.ts'
import { VALUE_MUTATIONS } from './mutations/values.ts'
import { createRandom, type Random } from './random.ts'

export interface Mutant {
  readonly index: number
  /** Chain and mutations, for people. */
  readonly story: string
  /** End entity first. */
  readonly certificates: readonly Uint8Array[]
  /** The certificate that was changed; null where only the list was. */
  readonly altered: Uint8Array | null
}

const TREES = [TREE_MUTATIONS, ENCODING_MUTATIONS, VALUE_MUTATIONS].map((kind) => Object.entries<TreeMutation>(kind))

/**
 * Mutants without end, the same for the same seed.
 *
 * Where only the bytes are changed, a signature nearly always stands in the way, and nothing behind it is tried. So half of the changed
 * certificates are signed again, by the key that signed the original: then reader and rules are all there is between the mutant and its acceptance.
 */
export function* createMutants(world: World, seed: number): Generator<Mutant, never> {
  const random = createRandom(seed)
  const sources = world.chains.map(({ name, links }) => ({ name, links: links.map(sourceOf) }))
  const everything = sources.flatMap(({ links }) => links)
  const others = [...everything.map(({ link }) => link.der), ...world.anchors.map(({ certificate }) => certificate.der)]
  for (let index = 0; ; index++) {
    const { name, links } = random.pick(sources)
    const story = [name]
    let list: readonly Uint8Array[] = links.map(({ link }) => link.der)
    let altered: Uint8Array | null = null
    const isListOnly = random.isOneIn(12)
    if (!isListOnly) {
      // The end entity half the time: whatever is wrong above it is looked at only where its own signature is good.
      const at = random.isOneIn(2) ? 0 : random.below(links.length)
      const source = links[at] ?? random.pick(links)
      altered = change(source, random, random.pick(everything).tree, story)
      // A changed copy beside the original must not spoil it.
      list = random.isOneIn(12) && at > 0 ? list.toSpliced(at, 0, altered) : list.with(at, altered)
    }
    for (let count = isListOnly ? 1 + random.below(3) : Number(random.isOneIn(10)); count > 0; count--) {
      const [how, mutate] = random.pick(Object.entries(LIST_MUTATIONS))
      list = mutate(list, random, others)
      story.push(how)
    }
    yield { index, story: story.join(', '), certificates: list, altered }
  }
}

interface Source {
  readonly link: Link
  readonly tree: TreeNode
}

function sourceOf(link: Link): Source {
  const tree = readTree(link.der)
  if (!tree) throw new RangeError('a good certificate is DER')
  return { link, tree }
}

function change(source: Source, random: Random, donor: TreeNode, story: string[]): Uint8Array {
  const way = random.below(6)
  if (way === 0) {
    const [how, mutate] = random.pick(Object.entries(BYTE_MUTATIONS))
    story.push(how)
    return mutate(source.link.der, random)
  }
  const tree = copyTree(source.tree)
  if (way < 3) {
    mutateTree(tree, random, donor, story)
    return writeTree(tree)
  }
  const [tbs] = tree.children ?? []
  const [theirs] = donor.children ?? []
  if (!tbs || !theirs) throw new RangeError('a good certificate has a signed part')
  mutateTree(tbs, random, theirs, story)
  story.push('signed again')
  return signAgain(tree, source.link)
}

/** Writes a certificate with a signature that holds, whatever its signed part has become. */
export function signAgain(certificate: TreeNode, { sign }: Link): Uint8Array {
  const [tbs, algorithm, signature] = certificate.children ?? []
  if (!tbs || !algorithm || !signature) throw new RangeError('a good certificate has a signed part and a signature')
  const octets = Buffer.concat([ALL_BITS, sign(writeTree(tbs))])
  const signed = { ...signature, prefix: new Uint8Array(), children: null, octets }
  return writeTree({ ...certificate, children: [tbs, algorithm, signed] })
}

/** No bit of the last octet of a BIT STRING is unused. */
const ALL_BITS = Uint8Array.of(0)

function mutateTree(tree: TreeNode, random: Random, donor: TreeNode, story: string[]): void {
  for (let count = random.isOneIn(4) ? 2 : 1; count > 0; ) {
    const [how, mutate]: [string, TreeMutation] = random.pick(random.pick(TREES))
    if (!mutate(tree, random, donor)) continue
    story.push(how)
    count--
  }
}
