/** authorityInfoAccess (RFC 5280 4.2.2.1): where its issuer answers for a certificate. */
import { type DerCursor, DerError, enter, finish, isAtEnd, TAG } from '../encoding/der.ts'
import { readOid } from '../encoding/oid.ts'
import { type GeneralName, readGeneralName } from './general-name.ts'

export interface AccessDescription {
  /** id-ad-ocsp, id-ad-caIssuers, or another. */
  readonly method: string
  readonly location: GeneralName
}

/** Real certificates have two; each may be asked. */
const MAX_DESCRIPTIONS = 32

/** `SEQUENCE SIZE (1..MAX) OF AccessDescription`. */
export function readAccessDescriptions(cursor: DerCursor): readonly AccessDescription[] {
  const list = enter(cursor, TAG.sequence)
  if (isAtEnd(list)) throw new DerError(list.position, 'no access description')
  const descriptions: AccessDescription[] = []
  while (!isAtEnd(list)) {
    if (descriptions.length === MAX_DESCRIPTIONS) {
      throw new DerError(list.position, `more than ${MAX_DESCRIPTIONS} access descriptions`)
    }
    const description = enter(list, TAG.sequence)
    descriptions.push({ method: readOid(description), location: readGeneralName(description) })
    finish(description)
  }
  return descriptions
}
