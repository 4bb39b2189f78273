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
import type { Observation } from '../step.ts'

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
      const unknown: string[] = open.flatMap((mirror) => collectBehind(mirror, behind))
      const records = sumOf(behind)
      const least = sumOf(behind.filter(({ isUpperBound }) => !isUpperBound))
      const upTo = records > least ? 'up to ' : ''
      if (step.maxRecords !== undefined && records > BigInt(step.maxRecords)) {
        const why = `${upTo}${records.toString()} records behind, ${step.maxRecords} are allowed`
        if (least > BigInt(step.maxRecords)) return overLimit(why, unknown)
        unknown.push(`${why}: ${doubtTexts.LATE}`)
      }
      const found = await unreadAt(site.target.source, behind.map(({ place }) => place), options) // prettier-ignore
      let oldestMs = 0
      const over: string[] = []
      for (const { what, place, status, isUpperBound } of behind) {
        const next = atPosition(found, place)
        const age = next === undefined || isUntold(next) ? { lagMs: undefined, isFuture: false, why: next?.why } : { ...ageOfUnread(next, site.time.now()), why: undefined } // prettier-ignore
        const verdict = lagVerdict({ status, isUpperBound, ...age }, step.maxAge)
        const { lagMs = 0 } = age
        if (verdict.kind === 'over') over.push(`${what} lags ${textFromDurationMs(lagMs)}, ${textFromDurationMs(step.maxAge)} are allowed`) // prettier-ignore
        if (verdict.kind === 'unknown') unknown.push(`${what}: ${verdict.why}`)
        oldestMs = Math.max(oldestMs, lagMs)
      }
      const [first] = over
      if (first !== undefined) return overLimit(first, unknown)
      if (unknown[0] !== undefined) return { kind: 'unknown', why: unknown[0] }
      return {
        kind: 'done',
        what: `${upTo}${records.toString()} records behind, the oldest ${textFromDurationMs(oldestMs)}`,
      }
    },
    apply: nothing,
  }),
})

/** One that is over the limit decides, whatever is not known of others; both are named. */
function overLimit(why: string, [unknown]: readonly string[]): Observation {
  return { kind: 'blocked', why: unknown === undefined ? why : `${why}; not known: ${unknown}` }
}

function sumOf(behind: readonly Behind[]): bigint {
  return behind.reduce((sum, one) => sum + one.records, 0n)
}

/** @returns of its partitions whose lag is not known, why */
function collectBehind({ record, state, partitions }: MirrorView, behind: Behind[]): readonly string[] {
  return partitions.flatMap(({ partition, sourceEnd, mirrored, loss }) => {
    const what = `mirror "${record.mirrorTopic}" partition ${partition}`
    const { records, status } = mirrorLag(state.state, sourceEnd, mirrored)
    const why = whyOf(loss)
    if (why !== undefined) return [`${what}: ${why}`]
    if (records === undefined || mirrored === undefined || !['OK', 'LAGGING', 'PAUSED'].includes(status)) return [`${what} is ${status}`] // prettier-ignore
    if (records > 0n) behind.push({ what, records, status, isUpperBound: loss.kind === 'atMost', place: { topic: record.sourceTopic, partition, offset: mirrored } }) // prettier-ignore
    return []
  })
}
