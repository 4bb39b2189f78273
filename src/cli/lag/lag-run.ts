import { textFromDurationMs } from '../../core/duration.ts'
import { compareLag, mirrorLag, type LagStatus } from '../../core/mirror-lag.ts'
import type { MirrorView } from '../../engines/engine.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { seenView, type SeenView } from '../figures.ts'
import { jsonDocument } from '../json.ts'
import { isIncomplete, observeLinks, warnOfUnknown } from '../observed.ts'
import { styleOf, type Paint, type Style } from '../style.ts'
import { table } from '../table.ts'
import type { LagOptions } from './lag.ts'

/** One partition as documents show it. */
export interface LagRow {
  readonly link: string
  readonly topic: string
  readonly partition: number
  /** The high watermark; null when it was never read. */
  readonly sourceEnd: bigint | null
  readonly mirrored: bigint | null
  /** Null when not known, or of a stopped mirror. A lower bound when STALE. */
  readonly lag: bigint | null
  readonly sourceSeen: SeenView
  readonly status: LagStatus
}

export async function runLag(options: LagOptions, context: Context): Promise<ExitCode> {
  const { io, time } = context
  const observed = await observeLinks(context, options, options.link)
  const rows = lagRows(
    observed.links.flatMap((one) => (one.kind === 'observed' ? one.view.mirrors : [])),
    time.now(),
  )
  if (options.output === 'json') {
    const unknownLinks = observed.links.flatMap((one) => (one.kind === 'unknown' ? [{ link: one.link.name, why: one.why }] : [])) // prettier-ignore
    io.out(jsonDocument('georep.lag/1', { sourceEndIs: 'highWatermark', partitions: rows, unknownLinks, unasked: observed.unasked })) // prettier-ignore
  } else if (rows.length > 0) io.out(renderLag(rows, styleOf(io)))
  else io.err(isIncomplete(observed) ? 'no mirrors that could be seen\n' : 'no mirrors\n')
  warnOfUnknown(observed, context)
  return isIncomplete(observed) || rows.some(({ status }) => status === 'UNKNOWN') ? ExitCode.unknown : ExitCode.ok
}

export function lagRows(mirrors: readonly MirrorView[], now: Date): readonly LagRow[] {
  const rows = mirrors.flatMap(({ record, state, partitions, sourceSeenAt }) =>
    partitions.map(({ partition, sourceEnd, mirrored }) => {
      const lag = mirrorLag(state.state, sourceEnd, mirrored)
      const { link, mirrorTopic: topic } = record
      const row: LagRow = {
        link,
        topic,
        partition,
        sourceEnd: sourceEnd?.offset ?? null,
        mirrored: mirrored ?? null,
        lag: lag.records ?? null,
        // The source may answer, and not for this partition.
        sourceSeen: seenView(sourceEnd?.isCurrent === false && sourceSeenAt === 'now' ? undefined : sourceSeenAt, now),
        status: lag.status,
      }
      return { lag, row }
    }),
  )
  return rows.toSorted((a, b) => compareLag(a.lag, b.lag)).map(({ row }) => row)
}

export function renderLag(rows: readonly LagRow[], style: Style): string {
  const right = 'right'
  return table(
    [
      { title: 'LINK' },
      { title: 'TOPIC' },
      { title: 'PARTITION', align: right },
      { title: 'SRC-END', align: right },
      { title: 'MIRRORED', align: right },
      { title: 'LAG', align: right },
      { title: 'AGE', align: right },
      { title: 'STATUS' },
    ],
    rows.map(({ link, topic, partition, sourceEnd, mirrored, lag, sourceSeen, status }) => [
      link,
      topic,
      partition,
      sourceEnd ?? 'unknown',
      mirrored ?? 'unknown',
      lagText(lag, sourceSeen, status),
      ageText(sourceSeen),
      { text: status, paint: paintOfStatus(status, style) },
    ]),
  )
}

function lagText(lag: bigint | null, { isCurrent }: SeenView, status: LagStatus): string {
  if (status === 'STOPPED') return '-'
  if (lag === null) return 'unknown'
  return isCurrent ? lag.toString() : `>=${lag.toString()}`
}

function ageText({ isCurrent, ageMs }: SeenView): string {
  if (isCurrent) return 'now'
  return ageMs === null ? 'unknown' : textFromDurationMs(ageMs)
}

function paintOfStatus(status: LagStatus, style: Style): Paint {
  if (status === 'OK' || status === 'STOPPED') return style.ok
  return status === 'LAGGING' || status === 'STALE' ? style.warn : style.bad
}
