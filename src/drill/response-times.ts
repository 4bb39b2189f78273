import type { Waits } from '../core/rto.ts'
import type { Line } from '../runbook/journal-line.ts'

export interface ResponseTimes {
  /** Monotonic milliseconds: the intent of the first step that opens mirrors; undefined when there is none. */
  readonly commandedAt: number | undefined
  /** The end of the last approval before that; undefined when nobody approved it. */
  readonly approvedAt: number | undefined
  /** For approvals; undefined when nobody was asked. */
  readonly waits: Waits | undefined
}

/** When things were decided and commanded, by the journal of the steps that did it: a journal of this process, whose monotonic clock it tells. */
export function responseTimes(lines: readonly Line[], kindOf: (step: string) => string | undefined): ResponseTimes {
  let commandedAt: number | undefined
  let approvedAt: number | undefined
  let waits: Waits | undefined
  let askedAt: number | undefined
  for (const line of lines) {
    if (line.step === null) continue
    const kind = kindOf(line.step)
    const at = Number(BigInt(line.monoNs)) / 1_000_000
    if (kind === 'mirror.failover' || kind === 'mirror.promote') {
      if (line.phase === 'intent') commandedAt ??= at
    } else if (kind === 'approve') {
      if (line.phase === 'intent') askedAt = at
      if (line.phase !== 'result' || askedAt === undefined) continue
      const { allMs, sinceCommandMs }: Waits = waits ?? { allMs: 0, sinceCommandMs: 0 }
      const ms = at - askedAt
      waits = { allMs: allMs + ms, sinceCommandMs: sinceCommandMs + (commandedAt === undefined ? 0 : ms) }
      askedAt = undefined
      if (commandedAt === undefined && line.outcome === 'ok') approvedAt = at
    }
  }
  return { commandedAt, approvedAt, waits }
}
