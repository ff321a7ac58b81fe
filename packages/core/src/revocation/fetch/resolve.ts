/** From a host to the addresses that are connected to: asked once, checked, and handed on, so that no second answer is ever used (DNS rebinding). */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { AddressRanges } from '../../address-ranges.ts'
import { ok, type Result } from '../../result.ts'
import { problem, shownText } from './fetch-problem.ts'
import type { FetchProblem } from './fetched.ts'
import { isReachable } from './reachable-address.ts'
import { blockedAddress } from './target.ts'

/**
 * Resolves a host name. What it answers is checked like what the system answers.
 *
 * @param host - Lower case, ASCII, no trailing dot; never an address.
 * @returns IPv4 and IPv6 addresses in the order in which they are tried; none where there is no such host.
 */
export type Lookup = (host: string) => Promise<readonly string[]>

/** As everything on this machine does it: /etc/hosts and search domains included. */
export const systemLookup: Lookup = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address)

/** More addresses than any name has that is meant to be reached. */
const MAX_ADDRESSES = 32

/**
 * One address that may not be connected to refuses all: a name that is public and private at once is misconfigured or an attack (the public address does not
 * answer, and whoever tries the next one is inside). To connect to the others only would hide it.
 */
export async function resolveHost(
  host: string,
  listed: AddressRanges | null,
  lookup: Lookup,
): Promise<Result<readonly string[], FetchProblem>> {
  if (isIP(host) !== 0) return ok([host])
  const name = shownText(host)
  let answer: unknown
  try {
    answer = await lookup(host)
  } catch {
    return problem('unreachable', `${name} could not be resolved`)
  }
  if (!isAddressList(answer)) return problem('unreachable', `${name} has no addresses that could be used`)
  return answer.every((address) => isReachable(address, listed)) ? ok([...answer]) : blockedAddress(host)
}

function isAddressList(value: unknown): value is readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ADDRESSES) return false
  return value.every((address: unknown) => typeof address === 'string' && isIP(address) !== 0)
}
