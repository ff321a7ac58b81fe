/** Keeps the newest good material, follows where it comes from, and says what is wrong with what it does not take. */
import { channel } from 'node:diagnostics_channel'
import {
  ConfigurationError,
  createRefresher,
  type Refresher,
  type SourceEvent,
  type SourceMessage,
} from '@clientcert/core'
import { createExpiryWatch } from './expiry-watch.ts'
import type { LoadedMaterial, MaterialStore } from './material.ts'
import { MaterialError, materialError, reasonOf } from './material-error.ts'
import type { ResolvedMaterial } from './material-options.ts'
import { createMaterialReader } from './material-reader.ts'
import { describeMaterial } from './material-status.ts'
import { parseMaterial } from './parse-material.ts'
import type { MaterialPlace } from './read-place.ts'
import { isSameMaterial } from './same-material.ts'

export interface MaterialStoreDeps {
  readonly clock: () => Date
  /** Gets what could not be loaded (`SourceError`), and what is said of a certificate that expires (`MaterialError`). */
  readonly report: (error: Error) => void
  /** Told of new material, after `current()` gives it; not of what is there when the store is made. */
  readonly onChange: (material: LoadedMaterial) => void
}

/** How often a source is asked that cannot tell by itself. */
const UNWATCHED_REFRESH_MS = 60_000

const sources = channel('clientcert:source')

const WARNING = 'ClientCertWarning'

/**
 * Creates what keeps the material of a context.
 *
 * What is mismatched, half-written, expired, not yet valid or unreadable changes nothing but `status()`: it is reported, published on `clientcert:source`, and tried
 * again. What is the same as before, certificate, key and authorities, changes nothing at all. A certificate that expires while there is no other stays: whether it will
 * do is the server's to say.
 *
 * Under `whenMissing: 'wait'` it starts with nothing, whatever the reason is.
 *
 * @param deps.clock - For validity, warnings and `status()`. Timers are the machine's own, and none keeps the process alive.
 * @throws {ConfigurationError} `ERR_CONFIG_VALUE` under `whenMissing: 'fail'`, for what is at hand and cannot be used, with the `MaterialError` as its cause.
 */
export function createMaterialStore(options: ResolvedMaterial, deps: MaterialStoreDeps): MaterialStore {
  const { whenMissing, warnBeforeExpirySeconds } = options
  const { clock } = deps
  const option = optionOf(options.place)
  const report = safely(deps.report)
  const reader = createMaterialReader(options, report)
  const expiry = createExpiryWatch(reader.name, warnBeforeExpirySeconds, clock, report)
  const first = promiseOf<void>()
  const closing = promiseOf<void>()
  let changes = 0
  let isClosed = false

  const refresher: Refresher<LoadedMaterial> = createRefresher<LoadedMaterial>(
    {
      name: reader.name,
      load: () => {
        const found = reader.read()
        const parse = (each: Awaited<typeof found>) =>
          keepAuthorities(refresher.loaded(), parseMaterial(each, clock()), { option, from: reader.name })
        return 'then' in found ? found.then(parse) : parse(found)
      },
      watch: reader.watch,
      isSame: isSameMaterial,
      dueAt: (_, now) => (reader.isSilent ? now + UNWATCHED_REFRESH_MS : null),
    },
    clock,
    (event, isChanged) => {
      if (isChanged) changes++
      publish(event, changes)
      if (event.error) report(event.error)
      const material = refresher.loaded()
      if (!isChanged || material === null) return
      begin(material)
      safely(deps.onChange, report)(material)
    },
  )

  const begin = (material: LoadedMaterial): void => {
    expiry.follow(material)
    first.resolve()
  }

  const start = (): void => {
    try {
      refresher.start().catch(whenMissing === 'fail' ? first.reject : () => {})
      const material = refresher.loaded()
      if (material !== null) begin(material)
    } catch (thrown) {
      if (whenMissing === 'wait') {
        // Says why, and tries again.
        return void refresher.refresh().catch((failed: unknown) => process.emitWarning(reasonOf(failed), WARNING))
      }
      refresher.close()
      throw mistakeOf(options, thrown)
    }
  }

  const closed = (): ConfigurationError => {
    const fix = 'Close it after the last request.'
    return new ConfigurationError('ERR_CONFIG_CLOSED', `TLSContext ${options.context}`, 'was closed', fix)
  }

  start()
  return {
    current: refresher.loaded,
    ready: () => {
      if (isClosed) return Promise.reject(closed())
      return refresher.loaded() === null ? first.promise : Promise.resolve()
    },
    status: () => describeMaterial(refresher.loaded(), refresher.status(), warnBeforeExpirySeconds, clock()),
    reload: async () => {
      // A source that never answers must not hold up whoever closes.
      await Promise.race([refresher.refresh(), closing.promise])
    },
    close: () => {
      isClosed = true
      refresher.close()
      expiry.close()
      closing.resolve()
      first.reject(closed())
    },
  }
}

const KINDS_OF_TRUST = ['given', 'self-signed-tail', 'system'] as const

/**
 * A file that is gone, or a chain that is cut between two certificates, must not have others trusted than before: from authorities of the material's own
 * to the system's it never goes by itself.
 */
function keepAuthorities(
  last: LoadedMaterial | null,
  next: LoadedMaterial,
  place: { readonly option: string; readonly from: string },
): LoadedMaterial {
  if (last === null) return next
  const [were, wouldBe] = [last.authoritiesFrom, next.authoritiesFrom]
  if (KINDS_OF_TRUST.indexOf(wouldBe) <= KINDS_OF_TRUST.indexOf(were)) return next
  throw materialError('ERR_MATERIAL_AUTHORITIES_GONE', { ...place, were, wouldBe })
}

function publish(event: SourceEvent, epoch: number): void {
  const message: SourceMessage = { ...event, epoch }
  if (sources.hasSubscribers) sources.publish(message)
}

/** The application's functions may throw, and must not end what follows the material. */
function safely<Value>(call: (value: Value) => void, report?: (error: Error) => void): (value: Value) => void {
  return (value) => {
    try {
      call(value)
    } catch (thrown) {
      if (report && thrown instanceof Error) report(thrown)
      else process.emitWarning(reasonOf(thrown), WARNING)
    }
  }
}

/** The option that says which kind of material it is. */
const optionOf = ({ kind }: MaterialPlace): string =>
  kind === 'files' ? 'certChainFile' : kind === 'none' ? 'certificate' : kind

function mistakeOf({ context, place }: ResolvedMaterial, thrown: unknown): ConfigurationError {
  if (thrown instanceof MaterialError) {
    const { option, message, hint } = thrown.failure
    return new ConfigurationError('ERR_CONFIG_VALUE', option, `TLSContext ${context}: ${message}`, hint, thrown)
  }
  const fix = "Have it load, or give `whenMissing: 'wait'` where that takes time."
  const problem = `TLSContext ${context}: cannot be loaded: ${reasonOf(thrown)}`
  return new ConfigurationError('ERR_CONFIG_VALUE', optionOf(place), problem, fix, thrown)
}

/** A promise with what settles it; one that is rejected is no failure of the process where nobody waits for it. */
function promiseOf<Value>() {
  let resolve!: (value: Value) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<Value>((resolved, rejected) => {
    resolve = resolved
    reject = rejected
  })
  promise.catch(() => {})
  return { promise, resolve, reject }
}
