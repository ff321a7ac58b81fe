/** A directory with a certificate, its key and whom to trust, replaced in the ways of those who replace such files. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Material } from './rotating-pki.ts'

export const LAYOUTS = {
  kubernetes: { certChain: 'tls.crt', privateKey: 'tls.key', caCertChain: 'ca.crt' },
  istio: { certChain: 'cert-chain.pem', privateKey: 'key.pem', caCertChain: 'root-cert.pem' },
  spire: { certChain: 'svid.pem', privateKey: 'svid_key.pem', caCertChain: 'svid_bundle.pem' },
} as const

export type Layout = keyof typeof LAYOUTS

type Part = 'certChain' | 'privateKey' | 'caCertChain'

const PARTS = ['certChain', 'privateKey', 'caCertChain'] as const

/** How files are replaced. */
export type Way = 'symlink swap' | 'rename of each file' | 'rewriting in place'

/** What is there after a step: nothing that may be used, or all of the new material. */
export type Step = 'broken' | 'whole'

export interface RotatingMaterial {
  readonly directory: string
  readonly path: (part: Part) => string
  /** Replaces the material at once. */
  readonly write: (next: Material) => void
  /** Replaces it step by step, with a half-written and a mismatched pair in between. The caller decides how long each is there. */
  readonly writeSlowly: (next: Material) => Generator<Step, void>
  readonly remove: () => void
}

/** Creates the directory, with the material in it, or empty as an optional volume begins. */
export function createRotatingMaterial(layout: Layout, way: Way, first: Material | null): RotatingMaterial {
  const directory = mkdtempSync(join(tmpdir(), 'clientcert-material-'))
  const names = LAYOUTS[layout]
  const path = (part: Part): string => join(directory, names[part])
  const put = (way === 'symlink swap' ? createLinkedFiles : createPlainFiles)(directory, names, way)
  let current = first ?? { certChain: '', privateKey: '', caCertChain: '', fingerprint: '' }
  const write = (next: Material): void => {
    put(next, PARTS)
    current = next
  }
  if (first !== null) write(first)
  return {
    directory,
    path,
    write,
    *writeSlowly(next) {
      put({ ...current, certChain: next.certChain.slice(0, next.certChain.length / 2) }, ['certChain'])
      yield 'broken'
      put({ ...current, certChain: next.certChain }, ['certChain']) // With the old key.
      yield 'broken'
      write(next)
      yield 'whole'
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** @param changed - Which of the files are written; a directory that is swapped has all of them. */
type Put = (material: Material, changed: readonly Part[]) => void

type FileNames = Readonly<Record<Part, string>>

/** As kubelet mounts a secret: files are links through `..data`, which is a link that is replaced as a whole. */
function createLinkedFiles(directory: string, names: FileNames): Put {
  let swaps = 0
  return (material) => {
    swaps += 1
    const name = `..${swaps}`
    mkdirSync(join(directory, name))
    for (const part of PARTS) writeFileSync(join(directory, name, names[part]), material[part], { mode: 0o600 })
    symlinkSync(name, join(directory, '..data_tmp'))
    renameSync(join(directory, '..data_tmp'), join(directory, '..data'))
    if (swaps > 1) rmSync(join(directory, `..${swaps - 1}`), { recursive: true })
    else for (const part of PARTS) symlinkSync(join('..data', names[part]), path(directory, names, part))
  }
}

function createPlainFiles(directory: string, names: FileNames, way: Way): Put {
  return (material, changed) => {
    // The authorities before the pair: whoever presents the new certificate knows the new ones.
    for (const part of [...changed].reverse()) {
      const to = path(directory, names, part)
      const at = way === 'rewriting in place' ? to : `${to}.new`
      writeFileSync(at, material[part], { mode: 0o600 })
      if (at !== to) renameSync(at, to)
    }
  }
}

const path = (directory: string, names: FileNames, part: Part): string => join(directory, names[part])
