import type { Certificate } from '../../x509/certificate.ts'
import { OID } from '../../x509/oids.ts'

/** Responders asked for one certificate; real ones name one. */
const MAX_RESPONDERS = 3

/** The responders that a certificate names (RFC 5280 4.2.2.1, RFC 6960 3.1). Its issuer's choice, and untrusted as a place to connect to. */
export const respondersOf = ({ extensions }: Certificate): readonly string[] =>
  (extensions.authorityInfoAccess ?? [])
    .flatMap(({ method, location }) =>
      method === OID.ocsp && location.type === 'uri' && /^https?:/i.test(location.value) ? [location.value] : [],
    )
    .slice(0, MAX_RESPONDERS)
