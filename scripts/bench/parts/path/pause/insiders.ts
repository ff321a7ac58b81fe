/** Hunts by somebody who has the key of an intermediate that is trusted: every signature holds, and every path is looked at to its end. */
import { type Authority, type CertificateOptions, extension, type GeneralNamesInput } from '@clientcert/testing'
import { type Ground, type Hunted, MOST_PRESENTED } from './hunt.ts'

const { certificatePolicies, nameConstraints, policyConstraints, policyMappings, subjectAltName } = extension

/** The most that readers read of each. */
const POLICIES = 200
const NAMES = 1_000

const policy = (index: number) => `1.3.6.1.4.1.55555.${index}`
const range = (length: number) => Array.from({ length }, (_, index) => index)

export function huntInsiders(ground: Ground): Hunted[] {
  return [
    ...[[3, 3, 2, 2], [8], [1, 1, 1, 1, 1, 1, 1, 1], [5, 5]].flatMap((copies) => [
      policies(ground, copies, 'one to one'),
      policies(ground, copies, 'all to one'),
    ]),
    ...Object.entries(NAME_KINDS).flatMap(([kind, nameOf]) =>
      [
        { copies: [1], subtrees: 20 },
        { copies: [3, 3, 2, 2], subtrees: 19 },
        { copies: [10], subtrees: 1 },
      ].map((shape) => constrained(ground, kind, nameOf, shape)),
    ),
  ]
}

/** Layers of authorities from the root down, each certified several times, so that the ways multiply. */
function layers(
  root: Authority,
  copies: readonly number[],
  optionsOf: (layer: number) => CertificateOptions,
): { readonly last: Authority; readonly certificates: readonly Uint8Array[] } {
  let last = root
  const certificates: Uint8Array[] = []
  for (const [layer, count] of copies.entries()) {
    const options = { ...optionsOf(layer), subject: { O: 'Hunt', CN: `Layer ${layer}` } }
    const below = last.intermediate(options)
    certificates.push(below.certificate.der)
    for (let copy = 1; copy < count; copy++) certificates.push(last.crossSign(below, optionsOf(layer)).certificate.der)
    last = below
  }
  return { last, certificates: certificates.slice(0, MOST_PRESENTED) }
}

/** CVE-2023-0464: as many policies as are read, each mapped, and none that the client has. */
function policies(ground: Ground, copies: readonly number[], kind: 'one to one' | 'all to one'): Hunted {
  const all = range(POLICIES).map(policy)
  const mappings = range(POLICIES).map((index) => ({
    issuerDomain: policy(kind === 'one to one' ? index : index % 2),
    subjectDomain: policy(kind === 'one to one' ? (index * 7 + 1) % POLICIES : index),
  }))
  const { last, certificates } = layers(ground.root, copies, () => ({
    extensions: [
      certificatePolicies(kind === 'one to one' ? all : ['2.5.29.32.0', ...all.slice(1)]),
      policyMappings(mappings),
      policyConstraints({ requireExplicitPolicy: 0 }),
    ],
  }))
  // Under anyPolicy whatever the client asserts would do, so there it asserts nothing.
  const asserted = kind === 'one to one' ? [certificatePolicies(['1.3.6.1.4.1.55556'])] : []
  const client = last.issue({ extensions: asserted })
  return ground.refusedBy(`policies mapped ${kind}, copies ${copies.join(' ')}`, client.certificate.der, certificates)
}

const NAME_KINDS: Readonly<Record<string, (index: number) => GeneralNamesInput>> = {
  dns: (index) => ({ dns: `${'a.'.repeat(20)}n${index}.hunt.example` }),
  email: (index) => ({ email: `n${index}@${'a.'.repeat(20)}hunt.example` }),
  uri: (index) => ({ uri: `https://n${index}.${'a.'.repeat(10)}hunt.example/` }),
  ip: (index) => ({ ip: `2001:db8::${index.toString(16)}` }),
  directoryName: (index) => ({ directoryName: { O: `Hunt ${'\u00c4\ufb03 '.repeat(4)}`, CN: `n${index}` } }),
}

const subtree = (kind: string, index: number): GeneralNamesInput =>
  kind === 'ip'
    ? { ip: `2001:db9:${index.toString(16)}::/48` }
    : kind === 'uri'
      ? { uri: `no${index}.example` }
      : (NAME_KINDS[kind]?.(index + NAMES) ?? {})

/** As many names as are read under as many constraints as the budget compares, none of which is broken until the last. */
function constrained(
  ground: Ground,
  kind: string,
  nameOf: (index: number) => GeneralNamesInput,
  { copies, subtrees }: { readonly copies: readonly number[]; readonly subtrees: number },
): Hunted {
  const lastName = nameOf(NAMES - 1)
  const broken = kind === 'ip' ? { ip: `2001:db8::${(NAMES - 1).toString(16)}/128` } : lastName
  const { last, certificates } = layers(ground.root, copies, () => ({
    extensions: [nameConstraints({ excluded: [...range(subtrees - 1).map((index) => subtree(kind, index)), broken] })],
  }))
  const names = range(NAMES).map(nameOf)
  const client = last.issue({ extensions: [subjectAltName(names)] })
  const what = `${NAMES} names (${kind}) under ${subtrees} constraints, copies ${copies.join(' ')}`
  return ground.refusedBy(what, client.certificate.der, certificates)
}
