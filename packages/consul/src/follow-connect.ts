/** Follows the roots and the leaf of one service, and keeps the last of them that fit each other. */
import { type ConsulAgentClient, createAgentClient } from './agent/agent.ts'
import { type Following, followQuery } from './agent/blocking-query.ts'
import { type ConsulLeaf, parseLeaf } from './certificates/leaf.ts'
import { type ConsulRoots, parseRoots } from './certificates/roots.ts'
import { type ConnectMaterial, verifyLeaf } from './certificates/verify-leaf.ts'
import { type Changes, createChanges } from './changes.ts'
import { ConsulError, consulError } from './consul-error.ts'
import type { ResolvedConsulOptions } from './options.ts'

export interface FollowedConnect {
  readonly agent: ConsulAgentClient
  /** The namespace and partition of every request. */
  readonly scope: URLSearchParams
  readonly signal: AbortSignal
  readonly rootsQuery: Following
  readonly leafQuery: Following
  /** The last good ones, whatever became of the agent since; null before the first. */
  readonly roots: () => ConsulRoots | null
  readonly material: () => ConnectMaterial | null
  /** Why the newest leaf is held back; null where none is. */
  readonly held: () => ConsulError | null
  /** The newest roots. @throws {ConsulError} Where the last attempt failed, though there may be older ones. */
  readonly loadRoots: () => Promise<ConsulRoots>
  /** The newest material. @throws {ConsulError} Where the last attempt failed or the leaf is held back, though there may be an older one. */
  readonly loadMaterial: () => Promise<ConnectMaterial>
  /** Failures and recoveries included. */
  readonly rootsChanges: Changes
  readonly materialChanges: Changes
  readonly close: () => void
}

const ROOTS_PATH = '/v1/agent/connect/ca/roots'
const LEAF_PATH = '/v1/agent/connect/ca/leaf/'

/** Starts to ask at once. */
export function followConnect(options: ResolvedConsulOptions): FollowedConnect {
  const { name, timing, clock, logger } = options
  const agent = createAgentClient(options)
  const closing = new AbortController()
  const { signal } = closing
  const scope = new URLSearchParams({
    ...(name.namespace === null ? {} : { ns: name.namespace }),
    ...(name.partition === null ? {} : { partition: name.partition }),
  })
  const [rootsChanges, materialChanges] = [createChanges(), createChanges()]
  let roots: ConsulRoots | null = null
  let leaf: ConsulLeaf | null = null
  let material: ConnectMaterial | null = null
  let held: ConsulError | null = null
  /** One after the other, so that an older outcome never replaces a newer one. */
  let fitting: Promise<void> = Promise.resolve()

  const tell = (level: 'info' | 'warn', details: object, message: string): void => {
    try {
      logger?.[level]({ clientCertConsul: { service: name.service, ...details } }, message)
    } catch (thrown) {
      process.emitWarning(String(thrown), 'ClientCertWarning') // A logger of the application must not stop the following.
    }
  }

  const fitOnce = async (): Promise<void> => {
    if (roots === null || leaf === null || signal.aborted) return
    const before = { material, held }
    try {
      const next = await verifyLeaf(leaf, roots, name.service, clock)
      held = null
      if (material === null || !isSame(material, next)) {
        material = next
        const { notAfter } = next.endEntity
        tell(
          'info',
          { uri: next.uri, fingerprint: next.fingerprint },
          `certificate of ${next.uri} until ${new Date(notAfter).toISOString()}`,
        )
      }
    } catch (error) {
      held = error instanceof ConsulError ? error : heldBack(error, roots)
      if (before.held?.message !== held.message) tell('warn', { code: held.code }, held.message)
    }
    if (before.material !== material || before.held?.message !== held?.message) materialChanges.notify()
  }

  const heldBack = (error: unknown, { roots: { length } }: ConsulRoots) =>
    consulError('ERR_CONSUL_LEAF_HELD', { service: name.service, roots: length, reason: String(error) }, error)

  const fit = (): Promise<void> => {
    fitting = fitting.then(fitOnce)
    return fitting
  }

  /** A failure and a recovery of either query are both something that loading the material has to say. */
  const follow = <Content>(
    path: string,
    query: URLSearchParams,
    parse: Parameters<typeof followQuery<Content>>[0]['parse'],
    take: (content: Content) => 'changed' | 'same',
    changes: Changes,
  ): Following => {
    let isFailing = false
    return followQuery<Content>(
      {
        path,
        query,
        parse,
        onContent: (content) => {
          const wasFailing = isFailing
          isFailing = false
          if (wasFailing) tell('info', { path }, `Consul's agent at ${agent.name} answers ${path} again`)
          const outcome = take(content)
          if (outcome === 'changed' && changes !== materialChanges) changes.notify()
          // A held leaf may have become good by time alone.
          const fitted = outcome === 'changed' || held !== null ? fit() : fitting
          if (!wasFailing) return
          void fitted.then(() => {
            changes.notify()
            if (changes !== materialChanges) materialChanges.notify()
          })
        },
        onFailure: (error) => {
          isFailing = true
          tell('warn', { path, code: error.code }, error.message)
          changes.notify()
          if (changes !== materialChanges) materialChanges.notify()
        },
      },
      { agent, timing, clock },
      signal,
    )
  }

  const rootsQuery = follow<ConsulRoots>(
    ROOTS_PATH,
    scope,
    parseRoots,
    (next) => {
      if (roots?.content === next.content) return 'same'
      roots = next
      return 'changed'
    },
    rootsChanges,
  )
  const leafQuery = follow<ConsulLeaf>(
    `${LEAF_PATH}${encodeURIComponent(name.service)}`,
    scope,
    (answer) => parseLeaf(answer, name),
    (next) => {
      if (leaf !== null && contentOf(leaf) === contentOf(next)) return 'same'
      leaf = next
      return 'changed'
    },
    materialChanges,
  )

  /** Waits for what there is to say. */
  const load = async <Content>(read: () => Content | ConsulError | null, changes: Changes): Promise<Content> => {
    for (;;) {
      if (signal.aborted) throw consulError('ERR_CONSUL_CLOSED', { service: name.service })
      await fitting
      const current = read()
      if (current instanceof ConsulError) throw current
      if (current !== null) return current
      await changes.next()
    }
  }

  return {
    agent,
    scope,
    signal,
    rootsQuery,
    leafQuery,
    roots: () => roots,
    material: () => material,
    held: () => held,
    loadRoots: () => load(() => rootsQuery.status().error ?? roots, rootsChanges),
    loadMaterial: async () => {
      if (held !== null) await fit()
      return load(() => leafQuery.status().error ?? rootsQuery.status().error ?? held ?? material, materialChanges)
    },
    rootsChanges,
    materialChanges,
    close: () => {
      closing.abort()
      rootsChanges.notify()
      materialChanges.notify()
    },
  }
}

const contentOf = ({ chain, privateKey, uri }: ConsulLeaf): string =>
  JSON.stringify([chain.map(({ fingerprint }) => fingerprint), privateKey, uri])

const isSame = (a: ConnectMaterial, b: ConnectMaterial): boolean =>
  a.tls.certChain === b.tls.certChain && a.tls.privateKey === b.tls.privateKey && a.roots.content === b.roots.content
