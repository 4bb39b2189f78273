import type { Marks } from '../core/rto.ts'

export type MarkName = keyof Marks

/** When the marks were, in milliseconds after t0; undefined where one was not seen. */
export type MarkTimes = Readonly<Record<MarkName, number | undefined>>

export interface Phase {
  readonly name: 'detection' | 'approval' | 'failover' | 'recovery'
  readonly from: MarkName
  readonly to: MarkName
  /** Undefined when either of its ends was not seen, or they were seen the wrong way round. */
  readonly span: { readonly fromMs: number; readonly toMs: number } | undefined
}

/** What each phase is, for a legend. */
export const phaseMeanings = {
  detection: 'the source is lost, and nobody knows yet',
  approval: 'it is known, and the failover is not commanded yet',
  failover: 'the failover is carried out, until the destination is writable',
  recovery: 'clients come back, until writes and reads hold',
} as const satisfies Record<Phase['name'], string>

const borders = [
  { name: 'detection', from: 't0', to: 't2' },
  { name: 'approval', from: 't2', to: 't4' },
  { name: 'failover', from: 't4', to: 't5' },
  { name: 'recovery', from: 't5', to: 't8' },
] as const satisfies readonly Omit<Phase, 'span'>[]

/**
 * The outage in its phases, one after the other: together they are the RTO of the service, and the last two are the tool's time. Where the loss
 * is only simulated there is nothing to detect or to approve: it begins with the command (t4 = t0), and has the last two only.
 */
export function phasesFrom(marks: MarkTimes): readonly Phase[] {
  const isCommandedAtOnce = marks.t2 === undefined && marks.t4 !== undefined && marks.t4 === marks.t0
  return borders
    .filter(({ name }) => !isCommandedAtOnce || name === 'failover' || name === 'recovery')
    .map((border) => ({ ...border, span: spanOf(marks[border.from], marks[border.to]) }))
}

function spanOf(fromMs: number | undefined, toMs: number | undefined): Phase['span'] {
  return fromMs === undefined || toMs === undefined || toMs < fromMs ? undefined : { fromMs, toMs }
}
