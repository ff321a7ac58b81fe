/** Every code of the packages that connect to others, for `docs/errors.md`. */
import { CONSUL_FAILURES } from '@clientcert/consul'
import { MAPPING_FAILURES, MATERIAL_FAILURES, UPSTREAM_FAILURES } from '@clientcert/upstream'
import type { OutgoingFailure, OutgoingFailures } from './errors-document.ts'

/** What a client of a gateway is told says what it means. */
const mapping = Object.fromEntries(
  Object.entries(MAPPING_FAILURES).map(([code, { clause, message, hint }]): [string, OutgoingFailure] => [
    code,
    { clause, meaning: `${message.slice(0, 1).toUpperCase()}${message.slice(1)}.`, hint },
  ]),
)

export const OUTGOING_FAILURES: OutgoingFailures = {
  upstream: UPSTREAM_FAILURES,
  material: MATERIAL_FAILURES,
  mapping,
  consul: CONSUL_FAILURES,
}
