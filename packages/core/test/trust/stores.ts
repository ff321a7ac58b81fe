/** Trust stores of the length of one test, and what they hold by name. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IssuedCertificate } from '@clientcert/testing'
import { onTestFinished } from 'vitest'
import type { SourceEvent } from '../../src/sources/refresher.ts'
import type { TrustMaterial, TrustSource } from '../../src/trust/source.ts'
import { readTrust, type TrustInput } from '../../src/trust/sources.ts'
import { createTrustStore, type TrustStore } from '../../src/trust/store.ts'
import { type Name, nameToString } from '../../src/x509/name.ts'

export type Recorded = SourceEvent & Readonly<{ epoch: number }>

/** The clock of the stores: fixed, since nothing here depends on it. */
export const CLOCK = new Date('2026-01-01T00:00:00Z')

/** Opens a store and closes it after the test. */
export function openStore(input: TrustInput | readonly TrustInput[], events: Recorded[] = []): TrustStore {
  const store = createTrustStore(
    readTrust(input, 'trust'),
    () => CLOCK,
    (event) => events.push(event),
  )
  onTestFinished(store.close)
  return store
}

/** The common names of what a store holds: its anchors, its path material. */
export function heldBy(store: TrustStore): { anchors: string[]; intermediates: string[] } {
  const { anchors, intermediates } = store.snapshot() ?? { anchors: [], intermediates: [] }
  const nameOf = ({ subject }: Readonly<{ subject: Name }>) => nameToString(subject).replace(/^CN=/, '')
  return { anchors: anchors.map(({ certificate }) => nameOf(certificate)), intermediates: intermediates.map(nameOf) }
}

/** A directory that is removed after the test. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'clientcert-trust-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Certificates as one PEM text. */
export const pemOf = (...holders: readonly Readonly<{ certificate: IssuedCertificate }>[]): string =>
  holders.map(({ certificate }) => certificate.pem).join('')

/** Certificates as a source of one's own returns them. */
export const materialOf = (
  ...holders: readonly Readonly<{ certificate: IssuedCertificate }>[]
): readonly TrustMaterial[] =>
  holders.map(({ certificate }, index) => ({ der: certificate.der, origin: `remote ${index + 1}` }))

type Loading = Readonly<{
  resolve: (material: readonly TrustMaterial[]) => void
  reject: (reason: unknown) => void
}>

/** A remote source whose loads end when the test says so, in the order that the test says. */
export function remoteSource(): Readonly<{
  source: TrustSource
  /** The loads that began, the first one first. */
  loads: readonly Loading[]
  /** Tells the store that the content may have changed. */
  change: () => void
  isWatched: () => boolean
}> {
  const loads: Loading[] = []
  let changed: (() => void) | undefined
  return {
    source: {
      name: 'remote',
      load: () =>
        new Promise((resolve, reject) => {
          loads.push({ resolve, reject })
        }),
      watch: (listener) => {
        changed = listener
        return () => {
          changed = undefined
        }
      },
    },
    loads,
    change: () => changed?.(),
    isWatched: () => changed !== undefined,
  }
}
