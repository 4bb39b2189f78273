import type { DrillView } from './drill-view.ts'
import { counted, figureText } from './figure-text.ts'
import type { Loss } from './record-parts.ts'

/** `none observed of 177 acknowledged records`, `25 records of 178 acknowledged`, `unknown (why), at least 3 of 178 acknowledged`. */
export function lostText({ rpo }: Pick<DrillView, 'rpo'>): string {
  const { value } = rpo.records
  const of =
    rpo.acknowledged === undefined
      ? 'an unknown number of acknowledged records'
      : counted(rpo.acknowledged, 'acknowledged record')
  if (value === 0) return `none observed of ${of}`
  if (value !== null) return `${figureText(rpo.records)} of ${of}`
  const bound = rpo.lostAtLeast === undefined ? '' : `, at least ${rpo.lostAtLeast} of ${of}`
  return `${figureText(rpo.records)}${bound}`
}

export function unknownSendsText({ rpo: { unknownSends } }: Pick<DrillView, 'rpo'>): string {
  if (unknownSends === undefined) return 'unknown'
  const { survived, absent, undetermined } = unknownSends
  const all = survived + absent + undetermined
  return all === 0
    ? 'none'
    : `${all}, of which ${survived} arrived, ${absent} did not, and of ${undetermined} it is not known`
}

export function otherMirrorsText({ otherMirrors }: Pick<DrillView, 'otherMirrors'>): string {
  if (otherMirrors === undefined) return 'unknown'
  const { count, loss } = otherMirrors
  return count === 0 ? 'none failed over' : `${counted(count, 'mirror')}, ${lossText(loss)}`
}

/** `25 records lost`, `at least 25 records lost (a lower bound)`, `up to 25 records lost (an upper bound)`, `loss unknown`. */
export function lossText({ kind, records }: Loss): string {
  if (kind === 'unknown' || records === null) return 'loss unknown'
  if (kind === 'atLeast' && records === '0') return 'loss unknown (none is known of)'
  const lost = `${counted(records, 'record')} lost`
  if (kind === 'exact') return lost
  return kind === 'atLeast' ? `at least ${lost} (a lower bound)` : `up to ${lost} (an upper bound)`
}
