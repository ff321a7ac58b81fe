/** What a leg of the journey returns: its value, or the failure that ends the journey here. Legs never throw for a bad certificate. */
export type Result<Value, Failure> = Ok<Value> | Refused<Failure>

export interface Ok<Value> {
  readonly ok: true
  readonly value: Value
}

export interface Refused<Failure> {
  readonly ok: false
  readonly failure: Failure
}

export const ok = <Value>(value: Value): Ok<Value> => ({ ok: true, value })

export const refused = <Failure>(failure: Failure): Refused<Failure> => ({ ok: false, failure })
