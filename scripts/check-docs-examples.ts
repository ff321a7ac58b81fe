/**
 * Type-checks every `ts` block of the documentation against the source, so an example cannot outlive the API it shows.
 *
 * Each block is a module of its own, standing where its document stands. What a fragment takes for granted is declared
 * in a comment before it, which a reader of the rendered page does not see:
 *
 *     <!-- given: declare const app: import('fastify').FastifyInstance -->
 *
 * A block that cannot compile says why after its language: `ts nocheck the old API, shown to be replaced`.
 */

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { type Example, examplesOf } from './docs-examples.ts'
import { keptFiles } from './kept-files.ts'

const documents = keptFiles('*.md').filter((path) => !path.startsWith('.changeset/') && !path.includes('/fixtures/'))
const complaints: string[] = []
const modules = new Map<string, Readonly<{ document: string; example: Example; text: string }>>()

for (const document of documents) {
  const found = examplesOf(readFileSync(document, 'utf8'))
  complaints.push(...found.complaints.map((complaint) => `${document}:${complaint}`))
  for (const example of found.examples) {
    const path = join(process.cwd(), dirname(document), `example-${modules.size + 1}.ts`)
    modules.set(path, { document, example, text: `${example.given}\n${example.code}\n` })
  }
}

for (const diagnostic of ts.getPreEmitDiagnostics(createProgram())) {
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n  ')
  complaints.push(`${placeOf(diagnostic)}: TS${diagnostic.code}: ${message}`)
}

console.log(`documentation: ${modules.size} examples in ${documents.length} documents`)
for (const complaint of complaints) console.error(complaint)
if (complaints.length > 0) process.exitCode = 1

function createProgram(): ts.Program {
  const config = ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path))
  const { options } = ts.parseJsonConfigFileContent({ ...config.config, include: [], files: ['x'] }, ts.sys, '.')
  // An example may show a value that nothing reads.
  const relaxed = { ...options, noUnusedLocals: false, noUnusedParameters: false }
  const disk = ts.createCompilerHost(relaxed)
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => modules.has(path) || disk.fileExists(path),
    readFile: (path) => modules.get(path)?.text ?? disk.readFile(path),
    getSourceFile: (path, version, ...rest) => {
      const text = modules.get(path)?.text
      return text === undefined ? disk.getSourceFile(path, version, ...rest) : ts.createSourceFile(path, text, version)
    },
  }
  return ts.createProgram({ rootNames: [...modules.keys()], options: relaxed, host })
}

/** Where the reader of a complaint finds it: in the document, not in the module made from it. */
function placeOf({ file, start }: ts.Diagnostic): string {
  if (file === undefined) return 'documentation'
  const line = file.getLineAndCharacterOfPosition(start ?? 0).line + 1
  const module = modules.get(file.fileName)
  if (module === undefined) return `${file.fileName}:${line}`
  const inCode = line - module.example.given.split('\n').length
  return `${module.document}:${module.example.line + Math.max(0, inCode)}`
}
