import { mirrorLagRecords, mirrorLagSeconds } from '../../report/lag-metrics.ts'
import { gauge, type MetricFamily, metricSeconds, type MetricSample, prometheusText } from '../../report/prometheus.ts'
import type { GroupLagRow } from './group-rows.ts'
import type { LagRow, LagSeen } from './lag-seen.ts'
import { isSourceTelling } from './source.ts'

// Without times at the samples: a node exporter refuses a file that has them. When it was is a metric of its own.

const up = {
  name: 'georep_lag_up',
  help: 'Whether the last look succeeded; where it did not, nothing else is told of.',
} as const
const lookedAt = { name: 'georep_lag_last_look_timestamp_seconds', help: 'When lag was looked at last.' } as const

/** All lag as Prometheus text. What is not known, a lower bound or not to be trusted is NaN, and counted; so are upper bounds, which are told. As down when no cluster told of a link and one did not answer. */
export function lagMetrics(seen: LagSeen): string {
  const { observedAt, observed, rows, groupRows, groups, groupEndIs } = seen
  if (observed.links.length === 0 && observed.unasked.length > 0) return lagDownMetrics(observedAt)
  const mirrors = rows.filter(({ status }) => status !== 'STOPPED')
  const mirrorSamples = labelled(mirrors, ({ link, topic, partition }) => ({ link, topic, partition: String(partition) })) // prettier-ignore
  const sourceOf = new Map(observed.links.map(({ link }) => [link.name, link.source.name]))
  // As other exporters have them, and dashboards know them: the cluster is the one that the group reads from.
  const groupSamples = labelled(groupRows, ({ link, group, topic, partition }) => ({
    cluster_name: sourceOf.get(link) ?? '',
    group,
    topic,
    partition: String(partition),
    link,
  }))
  return prometheusText([
    gauge(up, [{ labels: {}, value: 1 }]),
    gauge(lookedAt, [{ labels: {}, value: metricSeconds(observedAt.getTime()) }]),
    gauge({ name: 'georep_lag_end_info', help: 'Up to which end of the source lag is counted; the value is 1.' }, [
      { labels: { of: 'mirror', end: 'highWatermark' }, value: 1 },
      { labels: { of: 'group', end: groupEndIs }, value: 1 },
    ]),
    gauge(
      { name: 'georep_lag_source_up', help: 'Whether the source of the link answered; 0 also for a link that could not be looked at.' }, // prettier-ignore
      observed.links.map((one) => ({
        labels: { link: one.link.name },
        value: Number(one.kind === 'observed' && isSourceTelling(one.view)),
      })),
    ),
    gauge({ name: 'georep_lag_unasked_clusters', help: 'Clusters that could not be asked for their links.' }, [
      { labels: {}, value: observed.unasked.length },
    ]),
    gauge(
      { name: 'georep_lag_upper_bound', help: 'Partitions of mirrors whose lag is an upper bound: they may be less far behind.' },
      observed.links.flatMap(({ kind, link: { name } }) => {
        const count = mirrors.filter(({ link, lagKind }) => link === name && lagKind === 'atMost').length
        return kind === 'unknown' ? [] : [{ labels: { link: name }, value: count }]
      }),
    ), // prettier-ignore
    gauge(mirrorLagRecords, mirrorSamples(records)),
    gauge(mirrorLagSeconds, mirrorSamples(seconds)),
    gauge({ name: 'kafka_consumergroup_group_lag', help: 'Offsets that the group has not read yet, below zero where its commit is past the end; NaN when not known.' }, groupSamples(records)), // prettier-ignore
    gauge({ name: 'kafka_consumergroup_group_lag_seconds', help: 'Age of the next record that the group has not read; NaN when not known.' }, groupSamples(seconds)), // prettier-ignore
    partitionsByStatus(rows, groupRows),
    gauge(
      { name: 'georep_lag_unknown', help: 'Partitions whose lag is NaN, in records or in seconds; of groups, and groups that could not be asked; of link, 1 for a link that could not be looked at.' }, // prettier-ignore
      observed.links.flatMap(({ kind, link: { name } }) => {
        // How many partitions it has is not known either.
        if (kind === 'unknown') return [{ labels: { link: name, of: 'link' }, value: 1 }]
        const unasked = groups.filter(({ link }) => link === name).flatMap(({ unknown }) => unknown).length
        const count = (some: readonly (LagRow | GroupLagRow)[]): number =>
          some.filter((row) => row.link === name && (isUnknown(records(row)) || isUnknown(seconds(row)))).length
        return [
          { labels: { link: name, of: 'mirror' }, value: count(mirrors) },
          { labels: { link: name, of: 'group' }, value: count(groupRows) + unasked },
        ]
      }),
    ),
  ])
}

/** What is told when nothing could be looked at: nobody takes the last figures for fresh ones. */
export function lagDownMetrics(now: Date): string {
  return prometheusText([
    gauge(up, [{ labels: {}, value: 0 }]),
    gauge(lookedAt, [{ labels: {}, value: metricSeconds(now.getTime()) }]),
  ])
}

function labelled<R>(
  rows: readonly R[],
  labelsOf: (row: R) => MetricSample['labels'],
): (valueOf: (row: R) => number | bigint) => readonly MetricSample[] {
  const labels = rows.map((row) => labelsOf(row))
  return (valueOf) => rows.map((row, index) => ({ labels: labels[index] ?? {}, value: valueOf(row) }))
}

function records(row: LagRow | GroupLagRow): number | bigint {
  return row.lag === null || isLowerBound(row) ? Number.NaN : row.lag
}

function seconds(row: LagRow | GroupLagRow): number {
  return metricSeconds(row.lagMs === null || row.isFuture || isLowerBound(row) ? undefined : row.lagMs)
}

/** The source was not read now, or the mirror has FAILED. One that is AHEAD is told below zero. */
function isLowerBound(row: LagRow | GroupLagRow): boolean {
  return !row.sourceSeen.isCurrent || ('lagKind' in row && row.lagKind === 'atLeast' && (row.lag ?? 0n) >= 0n)
}

function isUnknown(value: number | bigint): boolean {
  return Number.isNaN(Number(value))
}

function partitionsByStatus(mirrors: readonly LagRow[], groups: readonly GroupLagRow[]): MetricFamily {
  const counts = new Map<string, { readonly labels: Readonly<Record<string, string>>; value: number }>()
  const count = (of: string, { link, status }: LagRow | GroupLagRow): void => {
    const key = `${link} ${of} ${status}`
    const one = counts.get(key) ?? { labels: { link, of, status }, value: 0 }
    one.value++
    counts.set(key, one)
  }
  for (const row of mirrors) count('mirror', row)
  for (const row of groups) count('group', row)
  return gauge({ name: 'georep_lag_partitions', help: 'Partitions by status.' }, [...counts.values()])
}
