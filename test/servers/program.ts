/** A server program of this machine that a test starts and stops. */
import type { ChildProcess } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { connect, createServer } from 'node:net'
import { delimiter, join } from 'node:path'

const STARTS_WITHIN_MS = 10_000

/** Finds a program in PATH, or where distributions put what not every user has in PATH; null where there is none. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Finds a port of the loopback for each name. */
export async function freePorts<Name extends string>(names: readonly Name[]): Promise<Record<Name, number>> {
  // All are held at once before any is let go of, or two names could get the same.
  const held = await Promise.all(names.map(() => listeningAnywhere()))
  const ports = Object.fromEntries(names.map((name, index) => [name, held[index]?.port ?? 0]))
  await Promise.all(held.map(({ close }) => close()))
  return ports as Record<Name, number>
}

async function listeningAnywhere(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { port, close: () => new Promise((resolve) => server.close(() => resolve())) }
}

/** Waits until somebody accepts connections on the port. @throws {Error} Where the program ends before, or takes too long. */
export async function accepting(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + STARTS_WITHIN_MS
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
    if (await accepts(port)) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`nobody accepts connections on port ${port} after ${STARTS_WITHIN_MS} ms`)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

/** Ends the program, and waits until it has. */
export async function ended(child: ChildProcess): Promise<void> {
  // Without a process there is nobody to end.
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise<void>((resolve) => void child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const stubborn = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await exit
  clearTimeout(stubborn)
}
