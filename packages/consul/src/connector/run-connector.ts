/** The connector: Consul's certificate for an Ambassador, written to disk as it rotates. */
import { resolve } from 'node:path'
import { ConfigurationError } from '@clientcert/core'
import type { ConnectMaterial } from '../certificates/verify-leaf.ts'
import { followConnect } from '../follow-connect.ts'
import { type ResolvedConsulOptions, resolveConsulOptions } from '../options.ts'
import { type ConnectorArguments, readArguments, USAGE } from './arguments.ts'
import { type ConnectorEnvironment, readEnvironment } from './connector-environment.ts'
import { DirectoryLockedError, lockDirectory } from './directory-lock.ts'
import { makeSecretDirectory, writeFiles } from './directory-writer.ts'
import { createProgramLog, type ProgramLog } from './program-log.ts'
import { type TlsFileWriter, tlsFilesOf } from './tls-files.ts'
import { UsageError } from './usage-error.ts'

/** What a program has of its surroundings. */
export interface Surroundings {
  readonly argv: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Takes the log. */
  readonly out: (text: string) => void
  /** Takes what is wrong with the start. */
  readonly complain: (text: string) => void
  /** Resolves when the program shall end. */
  readonly ended: Promise<string>
}

/** As shells have it: 2 for a wrong start. */
const [DONE, FAILED, MISUSED] = [0, 1, 2]

/** What could not be written is tried again, as what could not be asked for is. */
const WRITE_RETRY_MS = 5_000

/** Runs until it shall end. @returns The exit status. */
export async function runConnector({ argv, env, out, complain, ended }: Surroundings): Promise<number> {
  const start = readStart(argv, env)
  if (typeof start === 'string') {
    complain(`clientcert-consul-connector: ${start}\n`)
    return MISUSED
  }
  if (start.kind === 'help') {
    out(USAGE)
    return DONE
  }
  const { given, environment, options } = start
  const clock = () => new Date()
  const log = createProgramLog(given.log, out, clock)
  let tellLost = (_why: string): void => {}
  const lost = new Promise<string>((settle) => {
    tellLost = settle
  })
  let writer: TlsFileWriter
  try {
    writer = await openDirectory(given.directory, environment.secret, clock, () => tellLost('lost'))
  } catch (error) {
    log.error({ directory: given.directory }, error instanceof Error ? error.message : String(error))
    return FAILED
  }
  log.info(
    { place: writer.place, service: options.name.service, agent: options.address.name },
    `following Consul for ${options.name.service}, writing to ${writer.place}`,
  )
  const why = await writeUntil(Promise.race([ended, lost]), { ...options, logger: log }, writer, log)
  if (why === 'lost') {
    log.error({ place: writer.place }, `another connector has taken ${writer.place} over; this one ends`)
    return FAILED
  }
  log.info({ signal: why }, `${why}: ended; what was written stays`)
  return DONE
}

type Start =
  | { readonly kind: 'help' }
  | {
      readonly kind: 'run'
      readonly given: Extract<ConnectorArguments, { kind: 'run' }>
      readonly environment: ConnectorEnvironment
      readonly options: ResolvedConsulOptions
    }

/** The variables in which the options came, for messages. */
const VARIABLES: Readonly<Record<string, string>> = {
  service: '_AMBASSADOR_ID',
  url: 'CONSUL_HTTP_ADDR or _CONSUL_HOST',
  token: 'CONSUL_HTTP_TOKEN',
  tokenFile: 'CONSUL_HTTP_TOKEN_FILE',
  namespace: 'CONSUL_NAMESPACE',
  partition: 'CONSUL_PARTITION',
  agent: 'CONSUL_CACERT or CONSUL_CLIENT_CERT',
}

/** @returns A text says what is wrong with the arguments or the environment. */
function readStart(argv: readonly string[], env: NodeJS.ProcessEnv): Start | string {
  try {
    const given = readArguments(argv)
    if (given.kind === 'help') return given
    const environment = readEnvironment(env)
    return { kind: 'run', given, environment, options: resolveConsulOptions(environment.connect) }
  } catch (error) {
    if (error instanceof UsageError) return error.message
    if (error instanceof ConfigurationError) {
      return `${VARIABLES[error.option] ?? error.option}${error.message.slice(error.option.length)}`
    }
    throw error
  }
}

async function openDirectory(
  root: string,
  { namespace, name }: ConnectorEnvironment['secret'],
  clock: () => Date,
  onLost: () => void,
): Promise<TlsFileWriter> {
  const place = await makeSecretDirectory(resolve(root), namespace, name)
  const lock = await lockDirectory(place, onLost)
  return {
    place,
    write: async (files) => {
      if (!(await lock.isHeld())) throw new DirectoryLockedError(`${place} is written by another connector`)
      return writeFiles(place, files, clock())
    },
    close: lock.release,
  }
}

/** Writes whatever is new until `ended` resolves, and says with what. */
async function writeUntil(
  ended: Promise<string>,
  options: ResolvedConsulOptions,
  writer: TlsFileWriter,
  log: ProgramLog,
): Promise<string> {
  const followed = followConnect(options)
  let written: ConnectMaterial | null = null
  let retry: NodeJS.Timeout | undefined
  /** One after the other. */
  let writing: Promise<void> = Promise.resolve()

  const writeNewest = async (): Promise<void> => {
    const material = followed.material()
    if (material === null || material === written) return
    clearTimeout(retry)
    const { uri, fingerprint } = material
    try {
      const outcome = await writer.write(tlsFilesOf(material))
      written = material
      log.info({ place: writer.place, uri, fingerprint }, `${writer.place} ${outcome}: ${uri}`)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      log.error({ place: writer.place }, `${writer.place} could not be written, and stays as it was: ${message}`)
      retry = setTimeout(enqueue, WRITE_RETRY_MS)
    }
  }
  const enqueue = (): void => {
    writing = writing.then(writeNewest)
  }

  const stopWatching = followed.materialChanges.watch(enqueue)
  const why = await ended
  stopWatching()
  followed.close()
  await writing
  clearTimeout(retry)
  await writer.close()
  return why
}
