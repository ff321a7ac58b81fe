import fc from 'fast-check'

/** Texts that are made of what attacks on paths are made of. */
export const hostileTargets = fc
  .array(
    fc.oneof(
      fc.constantFrom('/', '.', '..', '%2e', '%2E', '%2f', '%5c', '\\', '%25', '2e', '2f', ';', '%3b', '//', '?', '#'),
      fc.constantFrom('a', 'b', '%61', '%62', '~', '%7E', 'A', '%c3%a9', '%c0%ae', '%00', ' ', '\u00e9', '%'),
    ),
    { maxLength: 14 },
  )
  .map((parts) => `/${parts.join('')}`)
