import { textFromDurationMs } from '../../core/duration.ts'
import { type MarkTimes, type Phase, phasesFrom } from '../../report/phases.ts'

/** Where nobody says how wide the output is. */
const defaultColumns = 100
const separator = ' | '

/**
 * The outage on one line: `detection 1.50 s ======== | approval 10 ms | failover 290 ms == | recovery 230 ms =`. Each bar is as long as its phase,
 * all of them to one scale. Characters of a terminal (`columns` is its width) or, where there is none, plain ASCII. Where not even the names fit there are
 * no bars, and the terminal breaks the line.
 */
export function timelineText(marks: MarkTimes, columns: number | undefined): string {
  const phases = phasesFrom(marks).map((phase) => ({ label: labelOf(phase), ms: lengthOf(phase) }))
  const fixed = phases.reduce((sum, { label }) => sum + label.length, separator.length * (phases.length - 1))
  // A blank before each bar.
  const room = (columns ?? defaultColumns) - fixed - phases.length
  const bars = barLengths(
    phases.map(({ ms }) => ms),
    Math.max(0, room),
  )
  const mark = columns === undefined ? '=' : '━'
  return phases.map(({ label }, index) => `${label} ${mark.repeat(bars[index] ?? 0)}`.trimEnd()).join(separator)
}

function labelOf({ name, span }: Phase): string {
  return `${name} ${span === undefined ? 'unknown' : textFromDurationMs(span.toMs - span.fromMs)}`
}

function lengthOf({ span }: Phase): number {
  return span === undefined ? 0 : span.toMs - span.fromMs
}

/** Rounded so that together they are as long as all of it is. */
function barLengths(lengths: readonly number[], room: number): readonly number[] {
  const all = lengths.reduce((sum, ms) => sum + ms, 0)
  if (all === 0) return lengths.map(() => 0)
  let before = 0
  return lengths.map((ms) => {
    const from = Math.round((before / all) * room)
    before += ms
    return Math.round((before / all) * room) - from
  })
}
