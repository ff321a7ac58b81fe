import { type CertificateOptions, extension, type GeneralNamesInput } from '@clientcert/testing'
import { chainOf, refusalOf, storeOf, verdict } from '../verdict.ts'

export type Subtrees = Parameters<typeof extension.nameConstraints>[0]

/** A client below an authority with these constraints: `accepted`, or the rule that its name breaks. */
export function under(constraints: Subtrees, client: CertificateOptions | GeneralNamesInput): string {
  const leaf = isOptions(client) ? client : { san: client }
  const { root, leaf: shown } = chainOf({
    intermediate: { extensions: [extension.nameConstraints(constraints)] },
    leaf,
  })
  const store = storeOf([root])
  if (verdict(shown, store) === 'accepted') return 'accepted'
  const failure = refusalOf(shown, store)
  return failure.code === 'ERR_PATH_NAME_CONSTRAINT' ? `${failure.rule}: ${failure.name}` : failure.code
}

const isOptions = (client: CertificateOptions | GeneralNamesInput): client is CertificateOptions =>
  'subject' in client || 'san' in client || 'extensions' in client
