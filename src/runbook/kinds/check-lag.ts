import { z } from 'zod'
import { textFromDurationMs } from '../../core/duration.ts'
import { lagVerdict } from '../../core/lag-gate.ts'
import { doubtTexts, whyOf } from '../../core/loss.ts'
import { mirrorLag } from '../../core/mirror-lag.ts'
import { ageOfUnread } from '../../core/next-unread.ts'
import type { MirrorView } from '../../engines/engine.ts'
import { atPosition, type Unread } from '../../kafka/next-unread.ts'
import { isUntold, unreadAt } from '../../links/mirror-ages.ts'
import { durationMs, nothing, stepKind } from '../kind.ts'
import { mirrorsText, quoted, topics } from '../mirrors.ts'

interface Behind {
  readonly what: string
  readonly records: bigint
  readonly status: string
  readonly place: Unread
  /** It may be less. */
  readonly isUpperBound: boolean
}

/** That mirrors are not further behind than this: in records, in the age of the next record, or both. What is not known is not within. */
export const checkLag = stepKind({
  name: 'check.lag',
  fields: { topics, maxAge: durationMs, maxRecords: z.int().min(0).optional() },
  timeoutMs: 30_000,
  does: (step) => `check that ${mirrorsText(step.topics)} lag ${textFromDurationMs(step.maxAge)} at most${step.maxRecords === undefined ? '' : ` and ${step.maxRecords} records`}`, // prettier-ignore
  open: (step, site) => ({
    certainty: 'check',
    observe: async (options) => {
      const { mirrors } = await site.engine.observe(site.target, options)
      const wanted = mirrors.filter(({ record }) => step.topics?.includes(record.mirrorTopic) ?? true)
      const missing = (step.topics ?? []).filter((topic) => wanted.every(({ record }) => record.mirrorTopic !== topic))
      if (missing.length > 0) return { kind: 'blocked', why: `the link does not mirror ${quoted(missing)}` }
      const open = wanted.filter(({ state }) => state.state !== 'STOPPED')
      if (open.length === 0) return { kind: 'blocked', why: 'no mirror is there that could lag' }
      const behind: Behind[] = []
      for (const mirror of open) {
        const unknown = collectBehind(mirror, behind)
        if (unknown !== undefined) return { kind: 'unknown', why: unknown }
      }
      const records = sumOf(behind)
      const least = sumOf(behind.filter(({ isUpperBound }) => !isUpperBound))
      const upTo = records > least ? 'up to ' : ''
      if (step.maxRecords !== undefined && records > BigInt(step.maxRecords)) {
        const why = `${upTo}${records.toString()} records behind, ${step.maxRecords} are allowed`
        return least > BigInt(step.maxRecords) ? { kind: 'blocked', why } : { kind: 'unknown', why: `${why}: ${doubtTexts.LATE}` } // prettier-ignore
      }
      const found = await unreadAt(site.target.source, behind.map(({ place }) => place), options) // prettier-ignore
      let oldestMs = 0
      for (const { what, place, status, isUpperBound } of behind) {
        const next = atPosition(found, place)
        const age = next === undefined || isUntold(next) ? { lagMs: undefined, isFuture: false, why: next?.why } : { ...ageOfUnread(next, site.time.now()), why: undefined } // prettier-ignore
        const verdict = lagVerdict({ status, isUpperBound, ...age }, step.maxAge)
        if (verdict.kind === 'unknown') return { kind: 'unknown', why: `${what}: ${verdict.why}` }
        const { lagMs = 0 } = age
        if (verdict.kind === 'over') return { kind: 'blocked', why: `${what} lags ${textFromDurationMs(lagMs)}, ${textFromDurationMs(step.maxAge)} are allowed` } // prettier-ignore
        oldestMs = Math.max(oldestMs, lagMs)
      }
      return {
        kind: 'done',
        what: `${upTo}${records.toString()} records behind, the oldest ${textFromDurationMs(oldestMs)}`,
      }
    },
    apply: nothing,
  }),
})

function sumOf(behind: readonly Behind[]): bigint {
  return behind.reduce((sum, one) => sum + one.records, 0n)
}

/** @returns why the lag of one of its partitions is not known */
function collectBehind({ record, state, partitions }: MirrorView, behind: Behind[]): string | undefined {
  for (const { partition, sourceEnd, mirrored, loss } of partitions) {
    const what = `mirror "${record.mirrorTopic}" partition ${partition}`
    const { records, status } = mirrorLag(state.state, sourceEnd, mirrored)
    const why = whyOf(loss)
    if (why !== undefined) return `${what}: ${why}`
    if (records === undefined || mirrored === undefined || !['OK', 'LAGGING', 'PAUSED'].includes(status)) return `${what} is ${status}` // prettier-ignore
    if (records > 0n) behind.push({ what, records, status, isUpperBound: loss.kind === 'atMost', place: { topic: record.sourceTopic, partition, offset: mirrored } }) // prettier-ignore
  }
  return undefined
}
