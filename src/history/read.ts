import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { GeorepError, messageOf } from '../core/errors.ts'
import { recordFromText, type RunRecord } from './record.ts'

export type RunEntry =
  | {
      readonly kind: 'run'
      readonly file: string
      readonly hash: string
      readonly record: RunRecord
      /** Why the chain of hashes does not hold at this record; `undefined` when it does. */
      readonly chainProblem: string | undefined
    }
  /** A file in the folder that is no record, or one that was damaged. */
  | { readonly kind: 'unreadable'; readonly file: string; readonly why: string }

const maxBytes = 64 * 1_048_576

/**
 * Everything in the folder, newest run first, then what cannot be read. No folder is no runs. Throws
 * GR-HISTORY-UNREADABLE only when the folder itself cannot be listed.
 */
export async function listRuns(folder: string): Promise<readonly RunEntry[]> {
  const entries = await Promise.all((await namesIn(folder)).map(async (name) => await entryOf(join(folder, name))))
  const runs = entries.filter((entry) => entry.kind === 'run')
  const hashes = new Set(runs.map((entry) => entry.hash))
  const claims = new Map<string | null, number>()
  for (const { record } of runs) claims.set(record.previous, (claims.get(record.previous) ?? 0) + 1)
  return [
    ...runs
      .map((entry) => ({ ...entry, chainProblem: chainProblem(entry.record, hashes, claims) }))
      .sort((a, b) => compareText(b.record.startedAt, a.record.startedAt) || compareText(b.file, a.file)),
    ...entries.filter((entry) => entry.kind === 'unreadable').sort((a, b) => compareText(a.file, b.file)),
  ]
}

/** The one run whose id begins with `prefix`. Throws GR-RUN-UNKNOWN or GR-RUN-AMBIGUOUS. */
export async function readRun(folder: string, prefix: string): Promise<RunRecord> {
  const runs = (await listRuns(folder)).filter((entry) => entry.kind === 'run')
  const fitting = runs.filter((entry) => entry.record.id.startsWith(prefix) && prefix !== '')
  const [found, second] = [...fitting.filter((entry) => entry.record.id === prefix), ...fitting]
  if (found === undefined) {
    throw new GeorepError('usage', 'GR-RUN-UNKNOWN', `no run "${prefix}" in "${folder}"`, {
      next: 'georep history list',
    })
  }
  if (second !== undefined && found.record.id !== prefix) {
    const ids = fitting.map((entry) => entry.record.id).join(', ')
    throw new GeorepError(
      'usage',
      'GR-RUN-AMBIGUOUS',
      `"${prefix}" is the beginning of ${fitting.length} ids: ${ids}`,
      {
        next: `georep history show ${found.record.id}`,
      },
    )
  }
  return found.record
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.'))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new GeorepError('failed', 'GR-HISTORY-UNREADABLE', `"${folder}" cannot be listed: ${messageOf(cause)}`, {
      next: 'correct --history-dir or GEOREP_HISTORY, or the rights of the folder',
      cause,
    })
  }
}

async function entryOf(file: string): Promise<RunEntry> {
  try {
    const found = await stat(file)
    if (!found.isFile()) return { kind: 'unreadable', file, why: 'not a regular file' }
    if (found.size > maxBytes) return { kind: 'unreadable', file, why: 'larger than 64 MiB' }
    const bytes = await readFile(file)
    const parsed = recordFromText(bytes.toString('utf8'))
    if (parsed.kind === 'bad') return { kind: 'unreadable', file, why: parsed.why }
    return { kind: 'run', file, hash: hashOf(bytes), record: parsed.record, chainProblem: undefined }
  } catch (error) {
    return { kind: 'unreadable', file, why: messageOf(error) }
  }
}

/** The hash by which the next record names this one. */
function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function chainProblem(
  { previous }: RunRecord,
  hashes: ReadonlySet<string>,
  claims: ReadonlyMap<string | null, number>,
): string | undefined {
  if (previous !== null && !hashes.has(previous)) return 'the record before it is missing, or was changed'
  if ((claims.get(previous) ?? 0) > 1) return 'another record claims the same place after the one before it'
  return undefined
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
