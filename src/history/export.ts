import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { GeorepError, messageOf } from '../core/errors.ts'
import { whyNotRead } from '../core/readable.ts'
import { chainProblems, inChainOrder, type Placed, type Problem } from './chain.ts'
import { headFrom, type ReadHead } from './head.ts'
import type { History } from './read.ts'
import { runFromBytes } from './record.ts'

const exportSchema = 'georep.history-export/1'

/**
 * The history as JSON lines: a first line with what makes the copy checkable (the number of records, the head), then one
 * `{name, text}` a record in the order of the chain. `text` is the file as it is, byte by byte: that is what the hashes are of.
 *
 * @throws GeorepError "failed" GR-HISTORY-UNREADABLE when a record cannot be read any more
 */
export async function* exportLines(
  folder: string,
  { placed, head }: History,
  { georepVersion, exportedAt }: { readonly georepVersion: string; readonly exportedAt: string },
): AsyncGenerator<string> {
  const records = inChainOrder(placed)
  const end = head.kind === 'head' ? head.head : null
  const data = { georepVersion, exportedAt, records: records.length, head: end }
  yield `${JSON.stringify({ schema: exportSchema, data })}\n`
  for (const { name } of records) yield `${JSON.stringify({ name, text: await textOf(join(folder, name)) })}\n`
}

/** What an export amounts to: its records in the order of its lines, and everything that is wrong with it. */
export interface ReadExport {
  readonly placed: readonly Placed[]
  readonly problems: readonly Problem[]
  readonly head: ReadHead
}

/**
 * Reads an export, wherever it was made. Lines that are missing, changed, or in another order are problems.
 *
 * @throws GeorepError "usage" GR-EXPORT-UNREADABLE when the file cannot be read or does not begin like an export
 */
export async function readExport(file: string, { signal }: { readonly signal: AbortSignal }): Promise<ReadExport> {
  const placed: Placed[] = []
  const problems: Problem[] = []
  let first: { readonly records: number; readonly head: ReadHead } | undefined
  let lineNumber = 0
  try {
    const why = whyNotRead(file, await stat(file))
    if (why !== undefined) throw new Error(why)
    const lines = createInterface({ input: createReadStream(file, { signal }), crlfDelay: Infinity })
    for await (const line of lines) {
      lineNumber++
      if (first === undefined) {
        first = firstLine(line)
        continue
      }
      const read = lineOf(line)
      if ('why' in read) problems.push({ id: undefined, name: `line ${lineNumber}`, what: read.why })
      else placed.push(read)
    }
  } catch (cause) {
    signal.throwIfAborted()
    throw notRead(file, messageOf(cause), cause)
  }
  if (first === undefined) throw notRead(file, 'it is empty', undefined)
  const { records, head } = first
  if (lineNumber - 1 !== records) {
    const what = `it begins with the number of its records, ${records}, and there are ${lineNumber - 1}`
    problems.push({ id: undefined, name: file, what })
  }
  return { placed, head, problems: [...problems, ...chainProblems(placed, head), ...outOfOrder(placed)] }
}

function firstLine(line: string): { readonly records: number; readonly head: ReadHead } {
  const value = parsed(line)
  const data = value?.['schema'] === exportSchema ? (value['data'] as Record<string, unknown> | undefined) : undefined
  const records = data?.['records']
  if (typeof records !== 'number') throw new Error('its first line is not that of an export')
  const head = headFrom(data?.['head'])
  return { records, head: head === undefined ? { kind: 'none' } : { kind: 'head', head } }
}

function lineOf(line: string): Placed | { readonly why: string } {
  const { name, text } = parsed(line) ?? {}
  if (typeof name !== 'string' || typeof text !== 'string') return { why: 'not a line of an export' }
  const read = runFromBytes(Buffer.from(text))
  return read.kind === 'run' ? { name, run: read.run } : read
}

/** A line that stands before the one it follows. What does not follow anything has a problem of its own by now. */
function outOfOrder(placed: readonly Placed[]): readonly Problem[] {
  const hashes = new Set(placed.map(({ run }) => run.hash))
  return placed.flatMap(({ name, run }, index) =>
    run.previous !== null && hashes.has(run.previous) && placed[index - 1]?.run.hash !== run.previous
      ? [{ id: run.id, name, what: 'its line does not come after that of the record before it' }]
      : [],
  )
}

async function textOf(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(file))
  } catch (cause) {
    throw new GeorepError('failed', 'GR-HISTORY-UNREADABLE', `"${file}" cannot be read: ${messageOf(cause)}`, { cause })
  }
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function notRead(file: string, why: string, cause: unknown): GeorepError {
  return new GeorepError('usage', 'GR-EXPORT-UNREADABLE', `"${file}" cannot be read as an export: ${why}`, {
    next: 'georep history export --file <file> makes one',
    cause,
  })
}
