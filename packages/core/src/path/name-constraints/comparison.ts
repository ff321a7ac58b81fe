/** How a name is compared with subtrees of its type. What has to be made of the name is made once: an authority may have thousands of subtrees. */
import type { GeneralName } from '../../x509/general-name.ts'
import { rdnKeys } from '../../x509/name-comparison.ts'
import type { NameSubtree } from '../../x509/name-constraints.ts'
import { isDnsConstraint, isDnsName, isDnsWithin, mayDnsBeWithin } from './dns.ts'
import { isEmailConstraint, isEmailWithin, parseMailbox } from './email.ts'
import { hostOfUri, isHostWithin, isUriConstraint } from './uri.ts'

/** @param extent - Whether all that the name stands for must lie within, or some of it; a wildcard stands for many. */
export type IsWithin = (subtree: NameSubtree, extent: 'every' | 'some') => boolean

/** An authority that is certified many times over makes as many paths, each with the same names. */
const comparisons = new WeakMap<GeneralName, IsWithin | 'none'>()

/** Undefined where the name is not of a form, or not of a type, that constraints can be applied to. */
export function comparisonOf(name: GeneralName): IsWithin | undefined {
  const known = comparisons.get(name) ?? prepare(name) ?? 'none'
  comparisons.set(name, known)
  return known === 'none' ? undefined : known
}

function prepare(name: GeneralName): IsWithin | undefined {
  switch (name.type) {
    case 'dns': {
      const { value } = name
      if (!isDnsName(value)) return undefined
      return (subtree, extent) =>
        subtree.type === 'dns' && (extent === 'every' ? isDnsWithin : mayDnsBeWithin)(value, subtree.value)
    }
    case 'email': {
      const mailbox = parseMailbox(name.value)
      return mailbox && ((subtree) => subtree.type === 'email' && isEmailWithin(mailbox, subtree.value))
    }
    case 'uri': {
      const host = hostOfUri(name.value)
      return host === undefined ? undefined : (subtree) => subtree.type === 'uri' && isHostWithin(host, subtree.value)
    }
    case 'ip': {
      const { octets } = name
      return (subtree) => subtree.type === 'ip' && isAddressWithin(octets, subtree.address, subtree.mask)
    }
    case 'directoryName': {
      const whole = rdnKeys(name.value)
      return (subtree) => subtree.type === 'directoryName' && isPrefix(rdnKeys(subtree.value), whole)
    }
    case 'otherName':
    case 'registeredId':
    case 'x400Address':
    case 'ediPartyName':
      return undefined
    default:
      return name satisfies never
  }
}

/** Asked for each name, and the same for all of them. */
const applicable = new WeakMap<NameSubtree, boolean>()

/** Whether the base of a subtree is of a form, and of a type, that can be applied to names. */
export function isApplicable(subtree: NameSubtree): boolean {
  const known = applicable.get(subtree)
  if (known !== undefined) return known
  const judged = isOfForm(subtree)
  applicable.set(subtree, judged)
  return judged
}

function isOfForm(subtree: NameSubtree): boolean {
  if (subtree.type === 'dns') return isDnsConstraint(subtree.value)
  if (subtree.type === 'email') return isEmailConstraint(subtree.value)
  if (subtree.type === 'uri') return isUriConstraint(subtree.value)
  return subtree.type !== 'unsupported'
}

/** An IPv4 address is in no IPv6 range and the other way round. A loop, since a search has room for 10,000 of them and two arrays for each took 0.8 us. */
function isAddressWithin(octets: Uint8Array, address: Uint8Array, mask: Uint8Array): boolean {
  if (octets.length !== address.length) return false
  for (let index = 0; index < octets.length; index++) {
    if ((((octets[index] ?? 0) ^ (address[index] ?? 0)) & (mask[index] ?? 0)) !== 0) return false
  }
  return true
}

const isPrefix = (base: readonly string[], whole: readonly string[]): boolean =>
  base.length <= whole.length && base.every((key, index) => key === whole[index])
