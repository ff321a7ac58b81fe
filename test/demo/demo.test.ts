import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ROTATIONS } from '../../scripts/demo/rotation.ts'
import { findNginx, NGINX_MISSING } from '../servers/nginx.ts'
import { requireServer } from '../servers/requirement.ts'

const ROWS = 106

type Run = Readonly<{
  status: number | null
  lines: readonly string[]
  rows: readonly string[]
  left: readonly string[]
}>

/** Runs the demo as `npm run demo` does, and looks for what it left behind. */
async function runDemo(...options: readonly string[]): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-demo-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const args = ['--import', 'tsx', '--conditions=@clientcert/source', 'scripts/demo/index.ts', ...options]
  const child = spawn(process.execPath, args, { env: { ...process.env, TMPDIR: folder } })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  const lines = output.trimEnd().split('\n')
  return { status, lines, rows: lines.filter((line) => /^\d+ /.test(line)), left: leftIn(folder) }
}

/** Processes that were started there, and files of ours. */
function leftIn(folder: string): readonly string[] {
  const processes = readdirSync('/proc').filter((id) => /^\d+$/.test(id) && commandOf(id).includes(folder))
  return [...processes, ...readdirSync(folder).filter((name) => name.startsWith('clientcert-'))]
}

function commandOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8')
  } catch {
    return '' // It has ended since.
  }
}

const LEAKLESS = 'No response held a word of a reason, and no application saw a header of the proxy.'

describe.skipIf(process.platform !== 'linux')('the demo', () => {
  describe('with nginx', () => {
    requireServer(findNginx(), NGINX_MISSING)

    test('is all as expected, in every row, and leaves nothing running', { timeout: 60_000 }, async () => {
      const { status, lines, rows, left } = await runDemo()
      expect(lines[0]).toMatch(/^The proxy is the real nginx [\d.]+, configured as NGINX Ingress does it\.$/)
      expect(rows).toHaveLength(ROWS)
      expect(lines.filter((line) => line.startsWith('>>'))).toEqual([])
      expect(lines.slice(-2)).toEqual([
        LEAKLESS,
        expect.stringMatching(/^All as expected: 106 rows, 318 knocks, 8 rotations, [\d.]+ s\.$/),
      ])
      expect(status).toBe(0)
      expect(left).toEqual([])
    })
  })

  test('is the same with our own forwarder, and says that it is that', { timeout: 60_000 }, async () => {
    const { status, lines, rows, left } = await runDemo('--proxy=node')
    expect(lines[0]).toMatch(/^The proxy is a TLS forwarder in Node/)
    expect(rows).toHaveLength(ROWS)
    expect(lines.at(-2)).toBe(LEAKLESS)
    expect({ status, left }).toEqual({ status: 0, left: [] })

    const rotations = lines.filter((line) => line.startsWith('rotation '))
    expect(rotations).toHaveLength(ROTATIONS)
    expect(rotations.at(-1)).toMatch(/^rotation 8 +requests sent \d{3,} +failed 0 +certificates seen upstream 9 /)
  })

  test('ends with 1 where anything is not as expected, and says where', { timeout: 60_000 }, async () => {
    const { status, lines, rows } = await runDemo('--proxy=node', '--expect=2=401')
    expect(status).toBe(1)
    expect(rows).toHaveLength(ROWS)
    expect(lines.filter((line) => line.startsWith('>>'))).toEqual([
      '>> fastify: expected 401, got 200 nobody',
      '>> express: expected 401, got 200 nobody',
      '>> https: expected 401, got 200 nobody',
    ])
    expect(lines.at(-1)).toMatch(/^NOT as expected: row 2 of 106 rows/)
  })

  test.each([['--proxy=apache'], ['--expect=107=401']])(
    'does not begin with %s',
    { timeout: 60_000 },
    async (option) => {
      const { status, rows } = await runDemo(option)
      expect(status).toBe(1)
      expect(rows).toEqual([])
    },
  )
})
