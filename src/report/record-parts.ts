import { z } from 'zod'
import { printable, printableLines } from '../core/printable.ts'
import type { Figure } from './figure-text.ts'
import { shortened } from './shortened.ts'

// The shapes of the parts of a run record, as far as a report needs them. A record is a file that anybody may have written, or a georep of another version:
// what is here refuses what it does not understand, and ignores what it does not know.

/** Long enough for whatever georep writes; a report is read by people. */
const longest = 2_000

/** On one line, harmless, and of a length that can be read. */
export const text = z.string().transform((value) => printable(shortened(value, longest)))
/** The same, of several lines. */
export const lines = z.string().transform((value) => printableLines(shortened(value, longest)).join('\n'))

/** Far beyond what is measured, and near enough for arithmetic: times, too, which are milliseconds. */
const number = z.number().min(-1e15).max(1e15)
const decimal = z.string().regex(/^-?\d{1,19}$/)
const count = z.number().int().min(0)

export const figure: z.ZodType<Figure> = z
  .object({
    value: number.nullable(),
    error: number.min(0).nullable().catch(null),
    unit: text,
    why: text.nullable().catch(null),
  })
  // The last bit of a sum is nobody's measurement.
  .transform((one) => ({ ...one, value: one.value === null ? null : Math.round(one.value * 1_000) / 1_000 }))

export const limit = number.min(0)

const limitOrNone = limit.nullish().transform((one) => one ?? undefined)
export const objectives = z.object({ rtoMs: limitOrNone, rpoMs: limitOrNone, rpoRecords: limitOrNone })

export const clusterName = z.object({
  name: text,
  clusterId: text,
  /** Of its `metadata.version`; null where it did not say. Older records do not have it. */
  metadataVersion: count.nullable().default(null),
})

export const finding = z.looseObject({ kind: z.string() })

export const partitionLoss = z.object({
  partition: count,
  acknowledged: count,
  records: figure,
  ms: figure,
  lost: z.array(count),
})

export const unknownSends = z.object({ survived: count, absent: count, undetermined: count })

export const groupDuplicates = z.object({
  group: text,
  topic: text,
  partition: count,
  again: figure,
  againMs: figure,
  skipped: figure,
})

export const groupContinuity = z.object({
  name: text,
  partitions: z.array(
    z.object({
      partition: count,
      committedOnSource: decimal.optional(),
      translated: decimal.optional(),
      firstRead: decimal.optional(),
    }),
  ),
  missed: figure,
})

const loss = z.object({ kind: z.enum(['exact', 'atLeast', 'atMost', 'unknown']), records: decimal.nullable() })
export type Loss = z.output<typeof loss>

export const otherMirrors = z.object({
  count,
  loss,
  mirrors: z
    .array(z.object({ topic: text, loss, atFault: loss, reconciled: loss, why: text.nullable() }))
    .optional()
    .catch(undefined),
})

export const lag = z.object({
  beforeFault: figure,
  worstBeforeFault: figure,
  atFailover: figure,
  /** Milliseconds after t0, and records; null where it was not seen. */
  samples: z.array(z.tuple([number, count.nullable()])),
})

export const clocks = z.object({ source: figure, destination: figure })

export const runbook = z.object({ name: text, hash: text })

/** A step of a runbook; outcome null when it was not come to. */
export const step = z.object({
  id: text,
  kind: text,
  does: text,
  outcome: text.nullable(),
  attempts: count,
  startedAt: text.nullable(),
  endedAt: text.nullable(),
  what: text.nullable(),
})

export const approval = z.object({ step: text, at: text.nullable(), how: text.nullable() })

export const series = z.object({ run: count, of: count, seed: text })

export const failure = z.object({
  code: text,
  message: text,
  stateNow: lines.nullable().catch(null),
  data: lines.nullable().catch(null),
})

export const probe = z.object({ startedAt: number, endedAt: number, failure: text.optional() })

/** Numbers and short words; what is nested is left out. */
export const setting = z.union([number, z.boolean(), text, z.null()])

/** One row of the ledger: partition, sequence, scheduled, outcome, offset, acknowledged; times in milliseconds of the wall clock. */
export const send = z
  .tuple([count, count, number, z.enum(['ok', 'fail', 'unknown', 'pending']), decimal.nullable(), number.nullable()])
  .transform(([partition, seq, scheduledMs, outcome, , acknowledgedMs]) => ({
    partition,
    seq,
    scheduledMs,
    outcome,
    acknowledgedMs: outcome === 'ok' ? acknowledgedMs : null,
  }))
export type Send = z.output<typeof send>
