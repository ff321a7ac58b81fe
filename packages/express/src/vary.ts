import type { ServerResponse } from 'node:http'

/** Says that the answer depends on a request header (RFC 9440 section 3), beside what is said there already. */
export function addVary(response: ServerResponse, header: string): void {
  if (response.headersSent) return
  const said = response.getHeader('vary')
  // Nearly always, and a tenth of what the rest takes.
  if (said === undefined) {
    response.setHeader('vary', header)
    return
  }
  const fields = [said].flat().flatMap((value) => String(value).split(','))
  const names = fields.map((field) => field.trim()).filter((field) => field !== '')
  const isSaid = names.some((name) => name === '*' || name.toLowerCase() === header)
  if (!isSaid) response.setHeader('vary', [...names, header].join(', '))
}
