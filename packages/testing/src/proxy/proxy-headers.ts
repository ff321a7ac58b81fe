/** Header lines by name, as the proxy spells the name. */
export type ProxyHeaders = Readonly<Record<string, string>>

export type ProxyOptions = Readonly<{
  /** The proxy's own verdict, as nginx says it: `SUCCESS`, `FAILED:reason`, `NONE`. Default: success for a certificate, and none without one. */
  verify?: string
}>
