import { createHash } from 'node:crypto'
import type { StepOutcome } from './step.ts'

const journalSchema = 'georep.journal/1'

/**
 * - note: about the run: that it was begun, resumed, ended
 * - probe: a step was looked at and could not be gone on with
 * - intent: the effect of a step is begun next
 * - result: how a step, or an attempt of it, ended
 */
export const phases = ['note', 'probe', 'intent', 'result'] as const
export type Phase = (typeof phases)[number]

/** What a line is made from. */
export interface Entry {
  /** Null of a note about the run. */
  readonly step: string | null
  readonly attempt: number
  readonly phase: Phase
  readonly outcome: StepOutcome | null
  /** What was seen, or is about to be done; never a secret. */
  readonly observed: string | null
  /** Of notes. */
  readonly facts?: Readonly<Record<string, unknown>>
}

export interface Line extends Entry {
  readonly schema: typeof journalSchema
  readonly run: string
  readonly seq: number
  /** The hash of the line before; null of the first. */
  readonly prev: string | null
  /** ISO 8601, UTC. */
  readonly wall: string
  /** Decimal text: nanoseconds of a clock that only goes on, of one process. */
  readonly monoNs: string
  readonly actor: string
  /** SHA-256, in hex, of the line without this field. */
  readonly hash: string
}

export function lineText(fields: Omit<Line, 'hash' | 'schema'>): { readonly line: Line; readonly text: string } {
  const bare = { schema: journalSchema, ...fields } as const
  const line: Line = { ...bare, hash: hashOf(bare) }
  return { line, text: `${JSON.stringify(line)}\n` }
}

export interface ReadJournal {
  readonly lines: readonly Line[]
  /** Bytes of whole lines; what comes after was being written when its writer ended. */
  readonly wholeBytes: number
  /** The line that does not follow from the one before, counted from one; undefined when the chain holds. */
  readonly brokenAt: number | undefined
}

/** The lines of a journal as it was found. A last line that was cut short in the writing is left out. */
export function readJournal(bytes: Buffer): ReadJournal {
  const end = bytes.lastIndexOf('\n') + 1
  const lines: Line[] = []
  for (const [index, text] of bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1).entries()) {
    const line = lineFrom(text)
    const isNext = line !== undefined && line.seq === index + 1 && line.prev === (lines.at(-1)?.hash ?? null)
    if (!isNext || (lines[0] !== undefined && line.run !== lines[0].run)) {
      return { lines, wholeBytes: end, brokenAt: index + 1 }
    }
    lines.push(line)
  }
  return { lines, wholeBytes: end, brokenAt: undefined }
}

function lineFrom(text: string): Line | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { hash, ...bare } = value as Readonly<Record<string, unknown>>
  if (bare['schema'] !== journalSchema || hash !== hashOf(bare)) return undefined
  // What carries the hash of its own text was written by lineText.
  return value as Line
}

function hashOf(bare: object): string {
  return createHash('sha256').update(JSON.stringify(bare)).digest('hex')
}
