import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { GeorepError, messageOf } from '../core/errors.ts'
import type { Time } from '../core/time.ts'
import { type Entry, type Line, lineText, readJournal } from './journal-line.ts'

/** Where a run writes down what it is about to do and what came of it. */
export interface Journal {
  /** Returns when the line is on disk. @throws GeorepError GR-JOURNAL-WRITE, or "conflict" when another process has written to it */
  readonly append: (entry: Entry) => Promise<void>
}

export interface JournalOptions {
  readonly file: string
  readonly run: string
  readonly actor: string
  readonly time: Pick<Time, 'now' | 'monotonic'>
}

/** The file of a run's journal, appended to line by line, each synced before anything else is done. Readable by its owner only. */
export class JournalFile implements Journal, AsyncDisposable {
  readonly #options: JournalOptions
  readonly #handle: FileHandle
  readonly #lines: Line[]
  #size: number

  private constructor(options: JournalOptions, handle: FileHandle, lines: readonly Line[], size: number) {
    this.#options = options
    this.#handle = handle
    this.#lines = [...lines]
    this.#size = size
  }

  /** A new one, in a new folder. */
  static async create(options: JournalOptions): Promise<JournalFile> {
    try {
      await mkdir(dirname(options.file), { recursive: true, mode: 0o700 })
      const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL
      return new JournalFile(options, await open(options.file, flags, 0o600), [], 0)
    } catch (error) {
      throw notWritten(options.file, error)
    }
  }

  /** One that is there, read before, to be gone on with. What was cut short at its end is cut off. */
  static async open(
    options: JournalOptions,
    found: { readonly lines: readonly Line[]; readonly wholeBytes: number },
  ): Promise<JournalFile> {
    try {
      const handle = await open(options.file, constants.O_WRONLY | constants.O_APPEND)
      await handle.truncate(found.wholeBytes)
      return new JournalFile(options, handle, found.lines, found.wholeBytes)
    } catch (error) {
      throw notWritten(options.file, error)
    }
  }

  /** All lines, those of processes before this one first. */
  get lines(): readonly Line[] {
    return this.#lines
  }

  async append(entry: Entry): Promise<void> {
    const { run, actor, time, file } = this.#options
    const { line, text } = lineText({
      run,
      seq: this.#lines.length + 1,
      prev: this.#lines.at(-1)?.hash ?? null,
      wall: time.now().toISOString(),
      monoNs: BigInt(Math.round(time.monotonic() * 1_000_000)).toString(),
      actor,
      ...entry,
    })
    let size
    try {
      ;({ size } = await this.#handle.stat())
    } catch (error) {
      throw notWritten(file, error)
    }
    if (size !== this.#size) {
      throw new GeorepError('conflict', 'GR-JOURNAL-TAKEN', `another process has gone on with run "${run}"`, {
        next: `georep runbook resume ${run} --dry-run`,
      })
    }
    try {
      await this.#handle.appendFile(text)
      await this.#handle.sync()
    } catch (error) {
      throw notWritten(file, error)
    }
    this.#size += Buffer.byteLength(text)
    this.#lines.push(line)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }
}

/** @throws GeorepError "usage" GR-RUN-UNKNOWN, or "failed" GR-JOURNAL-BROKEN when it cannot be read, or a line does not follow from the one before */
export async function journalOf(
  file: string,
  run: string,
): Promise<{ readonly lines: readonly Line[]; readonly wholeBytes: number }> {
  let bytes
  try {
    bytes = await readFile(file)
  } catch (cause) {
    const why = `the journal of run "${run}" cannot be read: ${messageOf(cause)}`
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new GeorepError('failed', 'GR-JOURNAL-BROKEN', why, { cause })
    const next = 'name the folder of its history with --history-dir or GEOREP_HISTORY'
    throw new GeorepError('usage', 'GR-RUN-UNKNOWN', why, { next, cause })
  }
  const { lines, wholeBytes, brokenAt } = readJournal(bytes)
  if (brokenAt === undefined && lines.length > 0) return { lines, wholeBytes }
  const what = brokenAt === undefined ? 'it has no whole line' : `line ${brokenAt} was changed, or does not follow from the one before` // prettier-ignore
  throw new GeorepError('failed', 'GR-JOURNAL-BROKEN', `the journal of run "${run}" cannot be gone on with: ${what}`, {
    stateNow: `"${file}" is as it was found`,
    next: 'look at the clusters with georep runbook plan, and begin a new run',
  })
}

function notWritten(file: string, cause: unknown): GeorepError {
  return new GeorepError('failed', 'GR-JOURNAL-WRITE', `"${file}" cannot be written: ${messageOf(cause)}`, {
    next: 'name a folder that can be written with --history-dir or GEOREP_HISTORY',
    cause,
  })
}
