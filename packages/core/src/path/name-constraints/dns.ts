/** dNSName against its constraints (RFC 5280 4.2.1.10): any name that can be made by adding labels on the left of the constraint. */

/** Letters, digits, hyphens and underscores (which private names have), and one wildcard as the whole leftmost label. */
const NAME =
  /^(?:\*\.)?(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$/

/** Whether a dNSName has the form that a constraint can be applied to. */
export const isDnsName = (name: string): boolean => name.length <= 253 && NAME.test(name)

/** A constraint is a name without wildcard and without leading period, or empty for every name. */
export const isDnsConstraint = (constraint: string): boolean =>
  constraint === '' || (isDnsName(constraint) && !constraint.startsWith('*'))

/** Whether every name that `name` stands for lies within the constraint. */
export function isDnsWithin(name: string, constraint: string): boolean {
  const [wide, narrow] = [constraint.toLowerCase(), name.toLowerCase().replace(/^\*\./, '')]
  return wide === '' || narrow === wide || narrow.endsWith(`.${wide}`)
}

/**
 * Whether some name that `name` stands for lies within the constraint: a wildcard also stands for the one label that an excluded name has at that
 * place.
 */
export function mayDnsBeWithin(name: string, constraint: string): boolean {
  if (isDnsWithin(name, constraint)) return true
  if (!name.startsWith('*.')) return false
  const [parent, wanted] = [name.slice(2).toLowerCase(), constraint.toLowerCase()]
  return wanted.endsWith(`.${parent}`) && !wanted.slice(0, -parent.length - 1).includes('.')
}
