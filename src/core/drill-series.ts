import { type Distribution, distributionOf } from './distribution.ts'
import type { Measured } from './measured.ts'
import type { DrillVerdict } from './verdict.ts'

/** One run of a series; one that came to no figures has none, and is unknown. */
export interface SeriesRun {
  readonly id: string
  readonly verdict: DrillVerdict
  /** Why it came to no verdict. */
  readonly error: string | undefined
  readonly figures: SeriesFigures<Measured> | undefined
}

export interface SeriesFigures<T> {
  readonly rtoServiceMs: T
  readonly rtoWriteMs: T
  readonly rtoReadMs: T
  readonly detectionMs: T
  readonly toolMs: T
  readonly rpoRecords: T
  readonly rpoMs: T
  readonly readAgain: T
}

const units = {
  rtoServiceMs: 'ms',
  rtoWriteMs: 'ms',
  rtoReadMs: 'ms',
  detectionMs: 'ms',
  toolMs: 'ms',
  rpoRecords: 'records',
  rpoMs: 'ms',
  readAgain: 'records',
} as const satisfies Record<keyof SeriesFigures<unknown>, Measured['unit']>

/** From the best to the worst. Not knowing is better than having failed, and worse than anything that was met: as in the verdict of one run. */
const order: readonly DrillVerdict[] = ['pass', 'unknown', 'fail', 'splitBrain']

export interface Series {
  /** The worst of the runs. */
  readonly verdict: DrillVerdict
  /** The worst first. */
  readonly runs: readonly SeriesRun[]
  readonly figures: SeriesFigures<Distribution>
}

/** Several runs of one scenario. They are of one mode, and no other may be among them. */
export function seriesOf(runs: readonly SeriesRun[]): Series {
  const figures = Object.fromEntries(
    Object.entries(units).map(([name, unit]) => [
      name,
      distributionOf(
        runs.map((run) => run.figures?.[name as keyof typeof units]),
        unit,
      ),
    ]),
  ) as unknown as SeriesFigures<Distribution>
  const worstFirst = runs.toSorted(
    (a, b) =>
      order.indexOf(b.verdict) - order.indexOf(a.verdict) ||
      valueOf(b.figures?.rpoRecords) - valueOf(a.figures?.rpoRecords) ||
      valueOf(b.figures?.rtoServiceMs) - valueOf(a.figures?.rtoServiceMs),
  )
  return { verdict: worstFirst[0]?.verdict ?? 'unknown', runs: worstFirst, figures }
}

/** What is not known may be anything: it stands before what is known. */
function valueOf(figure: Measured | undefined): number {
  return figure?.value ?? Number.MAX_VALUE
}
