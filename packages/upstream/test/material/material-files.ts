/** What the tests of material share: one authority, certificates of it, and directories that end with the test. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Authority, type CertificateOptions, createAuthority, DEFAULT_CLOCK, type Leaf } from '@clientcert/testing'
import { onTestFinished } from 'vitest'
import type { LoadedMaterial } from '../../src/material/material.ts'
import { type GivenMaterial, readMaterialOptions } from '../../src/material/material-options.ts'
import { createMaterialStore } from '../../src/material/material-store.ts'

export const root = createAuthority('Root CA')
export const issuing = root.intermediate('Issuing CA')
export const otherRoot = createAuthority('Other Root CA')

/** A pair of our own. */
export const pair = (options: CertificateOptions | string = 'ours', authority: Authority = issuing) => {
  const leaf = authority.issue(options)
  return { leaf, certChain: leaf.fullChainPem, privateKey: leaf.privateKeyPem }
}

export const subjectOf = (material: LoadedMaterial | null): string | null =>
  material?.endEntity?.extensions.subjectAltName?.map((name) => (name.type === 'dns' ? name.value : '')).join() ?? null

/** A pair that {@link subjectOf} names. */
export const named = (name: string, more: CertificateOptions = {}, authority: Authority = issuing) =>
  pair({ subject: name, san: { dns: name }, ...more }, authority)

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'clientcert-material-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Writes files by their names, and returns the directory. */
export function place(files: Readonly<Record<string, string | Uint8Array>>, directory = temporaryDirectory()): string {
  mkdirSync(directory, { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content)
  return directory
}

/** Writes a generation of a mount as the kubelet does: a directory of its own, then the link `..data` at once (AtomicWriter). */
export function mount(
  directory: string,
  generation: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): string {
  place(files, join(directory, generation))
  symlinkSync(generation, join(directory, '..data_tmp'))
  renameSync(join(directory, '..data_tmp'), join(directory, '..data'))
  return directory
}

export const kubernetes = (from: { certChain: string; privateKey: string }, ca?: string) => ({
  'tls.crt': from.certChain,
  'tls.key': from.privateKey,
  ...(ca === undefined ? {} : { 'ca.crt': ca }),
})

export const istio = (from: { certChain: string; privateKey: string }, ca: string) => ({
  'cert-chain.pem': from.certChain,
  'key.pem': from.privateKey,
  'root-cert.pem': ca,
})

export const spire = (from: { certChain: string; privateKey: string }, ca: string) => ({
  'svid.pem': from.certChain,
  'svid_key.pem': from.privateKey,
  'svid_bundle.pem': ca,
})

/** A store that ends with the test, with what it said. */
export function open(given: GivenMaterial, clock: () => Date = () => DEFAULT_CLOCK) {
  const reports: Error[] = []
  const changes: LoadedMaterial[] = []
  const store = createMaterialStore(readMaterialOptions(given, 'upstream'), {
    clock,
    report: (error) => reports.push(error),
    onChange: (material) => changes.push(material),
  })
  onTestFinished(() => store.close())
  return { store, reports, changes }
}

/** What loading says of material, in one word: its code, or what it throws. */
export function outcomeOf(given: GivenMaterial, clock?: () => Date): unknown {
  try {
    const { store } = open(given, clock)
    store.close()
    return 'loaded'
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined
    return cause instanceof Error && 'code' in cause ? cause.code : error
  }
}

export const pemOf = (...holders: readonly Leaf[]): string => holders.map(({ certificate }) => certificate.pem).join('')
