import { textFromDurationMs } from '../../core/duration.ts'
import { ageOfUnread, type LagMethod, type NextUnread } from '../../core/next-unread.ts'
import { boundSigns, type SeenView } from '../figures.ts'
import type { Cell, Column } from '../table.ts'

/** How long a lag has lasted, as documents show it. */
export interface LagAgeView {
  /** Age of the next record that is not there, or not read; 0 when there is none. Null when not known. */
  readonly lagMs: number | null
  /** How `lagMs` was found; null without it. */
  readonly method: LagMethod | null
  /** That record's time is of the future: `lagMs` is not to be trusted. */
  readonly isFuture: boolean
  /** That record's time is the source broker's, not the producer's. */
  readonly isLogAppendTime: boolean
}

/** @param next 'none' also of what is caught up, undefined when it cannot be told */
export function lagAgeView(next: NextUnread | 'none' | undefined, now: Date): LagAgeView {
  if (next === undefined) return { lagMs: null, isFuture: false, method: null, isLogAppendTime: false }
  const told = next === 'none' ? { method: 'exact' as const, isLogAppendTime: false } : next
  return { ...ageOfUnread(next, now), method: told.method, isLogAppendTime: told.isLogAppendTime }
}

/** The cells LAG-SECONDS and METHOD. */
export function lagAgeCells(
  { lagMs, method, isFuture, isLogAppendTime }: LagAgeView,
  kind: keyof typeof boundSigns = 'exact',
): readonly [Cell, Cell] {
  const seconds = lagMs === null ? 'unknown' : isFuture ? '0 (future)' : `${boundSigns[kind]}${(lagMs / 1_000).toFixed(lagMs === 0 ? 0 : 1)}` // prettier-ignore
  return [seconds, method === null ? '-' : [method, ...(isLogAppendTime ? ['append-time'] : [])].join(',')]
}

/** The last columns of both tables: how far, since when, as seen when. */
export const lagColumns: readonly Column[] = [
  { title: 'LAG', align: 'right' },
  { title: 'LAG-SECONDS', align: 'right' },
  { title: 'METHOD' },
  { title: 'AGE', align: 'right' },
  { title: 'STATUS' },
]

/** The cell AGE: how long ago the source's end was read. */
export function seenAgeCell({ isCurrent, ageMs }: SeenView): Cell {
  if (isCurrent) return 'now'
  return ageMs === null ? 'unknown' : textFromDurationMs(ageMs)
}
