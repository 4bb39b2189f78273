import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { GeorepError, messageOf } from '../core/errors.ts'
import { chainProblems, type Placed, type Problem } from './chain.ts'
import { runsFolderName } from './folder.ts'
import { headFileName, readHead, type ReadHead } from './head.ts'
import { runFromBytes, type Parsed, type RunRecord, type RunSummary } from './record.ts'
import { idMeant, idOfFile } from './run-ids.ts'

/** What a folder holds, as far as a chain is concerned. */
export interface History {
  /** In no particular order. */
  readonly placed: readonly Placed[]
  /** Files that are no record, or one that was damaged. */
  readonly unreadable: readonly { readonly name: string; readonly why: string }[]
  readonly head: ReadHead
}

export type RunEntry =
  | {
      readonly kind: 'run'
      readonly file: string
      readonly run: RunSummary
      /** Why the chain of hashes does not hold at this record; `undefined` when it does. */
      readonly chainProblem: string | undefined
    }
  | { readonly kind: 'unreadable'; readonly file: string; readonly why: string }

const maxBytes = 64 * 1_048_576

/** Reads the folder. No folder is no runs. @throws GeorepError "failed" GR-HISTORY-UNREADABLE only when the folder itself cannot be listed */
export async function readHistory(folder: string): Promise<History> {
  const head = await readHead(folder) // first: a record is there before the head names it, however much is saved meanwhile
  const placed: Placed[] = []
  const unreadable: { name: string; why: string }[] = []
  for (const name of await namesIn(folder)) {
    // One at a time: a record may be large, and only its summary is kept.
    const read = await readOne(folder, name)
    if (read.kind === 'run') placed.push({ name, run: read.run })
    else unreadable.push({ name, why: read.why })
  }
  return { placed, unreadable, head }
}

/** Everything that keeps the folder from being one intact chain. Empty: intact. What is not called as a record does not: see `foreignIn`. */
export function problemsOf({ placed, unreadable, head }: History): readonly Problem[] {
  const damaged = unreadable.filter(({ name }) => idOfFile(name) !== undefined)
  const ids = new Set(damaged.map(({ name }) => idOfFile(name) ?? ''))
  return [...chainProblems(placed, head, ids), ...damaged.map(({ name, why }) => ({ id: undefined, name, what: why }))]
}

/** Names of what is in the folder and neither a record nor called as one: it is not georep's. A record that was damaged and renamed is missing from the chain. */
export function foreignIn({ unreadable }: History): readonly string[] {
  return unreadable.map(({ name }) => name).filter((name) => idOfFile(name) === undefined)
}

/** Everything in the folder, newest run first, then what cannot be read. @throws as `readHistory` */
export async function listRuns(folder: string): Promise<readonly RunEntry[]> {
  const history = await readHistory(folder)
  const problems = problemsOf(history)
  const runs = history.placed.map(({ name, run }) => {
    const chainProblem = problems.find((problem) => problem.name === name)?.what
    return { kind: 'run', file: join(folder, name), run, chainProblem } as const
  })
  return [
    ...runs.sort((a, b) => compareText(b.run.startedAt, a.run.startedAt) || compareText(b.file, a.file)),
    ...history.unreadable
      .map(({ name, why }) => ({ kind: 'unreadable', file: join(folder, name), why }) as const)
      .sort((a, b) => compareText(a.file, b.file)),
  ]
}

/**
 * The one run whose id begins with `prefix`: its record, or of a pruned one what is left.
 *
 * @throws GeorepError "usage" GR-RUN-UNKNOWN or GR-RUN-AMBIGUOUS; "failed" GR-HISTORY-UNREADABLE where its file is there and damaged
 */
export async function readRun(folder: string, prefix: string, command: CommandText = plainly): Promise<ReadRun> {
  return await readRunOf(folder, await readHistory(folder), prefix, command)
}

/** The command of these words that looks into the same folder. */
export type CommandText = (...words: readonly string[]) => string

function plainly(...words: readonly string[]): string {
  return ['georep', ...words].join(' ')
}

export interface ReadRun {
  readonly run: RunSummary
  /** Undefined of a run that was pruned. */
  readonly record: RunRecord | undefined
}

/** The same, of a folder that was read already. @throws as `readRun` */
export async function readRunOf(
  folder: string,
  { placed, unreadable }: History,
  prefix: string,
  command: CommandText = plainly,
): Promise<ReadRun> {
  const id = idMeant(placed.map(({ run }) => run.id), prefix, (one) => command('history', 'show', one)) // prettier-ignore
  const found = placed.find(({ run }) => run.id === id)
  if (found === undefined) {
    const damaged = unreadable.find(({ name }) => prefix !== '' && idOfFile(name)?.startsWith(prefix) === true)
    if (damaged !== undefined) {
      const file = join(folder, damaged.name)
      throw new GeorepError('failed', 'GR-HISTORY-UNREADABLE', `the record of run "${idOfFile(damaged.name) ?? ''}" cannot be read: ${damaged.why}`, {
        stateNow: `"${file}" is as it was found`,
        next: command('history', 'verify'),
      }) // prettier-ignore
    }
    throw new GeorepError('usage', 'GR-RUN-UNKNOWN', `no run "${prefix}" in "${folder}"`, {
      next: command('history', 'list'),
    })
  }
  const { name, run } = found
  if (run.prunedAt !== undefined) return { run, record: undefined }
  return { run, record: JSON.parse(await readFile(join(folder, name), 'utf8')) as RunRecord }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder))
      .filter((name) => !name.startsWith('.') && name !== headFileName && name !== runsFolderName)
      .sort()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new GeorepError('failed', 'GR-HISTORY-UNREADABLE', `"${folder}" cannot be listed: ${messageOf(cause)}`, {
      next: 'correct --history-dir or GEOREP_HISTORY, or the rights of the folder',
      cause,
    })
  }
}

async function readOne(folder: string, name: string): Promise<Parsed> {
  const file = join(folder, name)
  try {
    const found = await stat(file)
    if (!found.isFile()) return { kind: 'bad', why: 'not a regular file' }
    if (found.size > maxBytes) return { kind: 'bad', why: 'larger than 64 MiB' }
    return runFromBytes(await readFile(file))
  } catch (error) {
    return { kind: 'bad', why: messageOf(error) }
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
