import type { CarriedMirror, LeaderStanding, RunnerStanding } from '../../engines/running.ts'
import { mirrorLagRecords, mirrorLagSeconds } from '../../report/lag-metrics.ts'
import { counter, gauge, type MetricFamily, metricSeconds, type MetricSample, prometheusContentType, prometheusText } from '../../report/prometheus.ts' // prettier-ignore
import type { Page } from './http-endpoint.ts'

type Labels = Readonly<Record<string, string>>

/** `/metrics`. */
export function metricsPage(version: string, ends: LinkEnds, standing: RunnerStanding): Page {
  return { status: 200, contentType: prometheusContentType, body: prometheusText(metricsOf(version, ends, standing)) }
}

export interface LinkEnds {
  readonly link: string
  /** Names of the clusters; undefined as long as they are not known. */
  readonly source: string | undefined
  readonly destination: string | undefined
}

/**
 * One series a mirror topic, not one a partition: a scrape stays small with ten thousand partitions, and `georep lag` tells which of them it is. Only
 * a leader tells of mirrors and clusters, so that a sum over all runners counts nothing twice.
 */
function metricsOf(version: string, ends: LinkEnds, standing: RunnerStanding): readonly MetricFamily[] {
  const { link } = ends
  const one = (value: number | bigint, labels: Labels = {}): readonly MetricSample[] => [
    { labels: { link, ...labels }, value },
  ]
  const roles = ['starting', 'standby', 'leader'] as const
  return [
    gauge({ name: 'georep_build_info', help: 'Version of georep; the value is 1.' }, [
      { labels: { version }, value: 1 },
    ]),
    gauge({ name: 'georep_runner_role', help: 'Whether the runner has this role: it leads, stands by, or is starting.' }, roles.map((role) => ({ labels: { link, role }, value: Number(role === standing.role) }))), // prettier-ignore
    gauge({ name: 'georep_runner_is_leader', help: 'Whether this runner is the one that writes.' }, one(Number(standing.role === 'leader'))), // prettier-ignore
    ...(standing.role === 'leader' ? leaderMetrics(ends, standing, one) : []),
  ]
}

function leaderMetrics(
  { link, source = '', destination = '' }: LinkEnds,
  leader: LeaderStanding,
  one: (value: number | bigint, labels?: Labels) => readonly MetricSample[],
): readonly MetricFamily[] {
  const isUp = (value: boolean | undefined): number => (value === undefined ? Number.NaN : Number(value))
  const { roundTripMs, groups, mirrorsByState, mirrors } = leader
  const perCluster = (of: { readonly source: number; readonly destination: number }): readonly MetricSample[] => [
    ...one(of.source, { cluster: source, role: 'source' }),
    ...one(of.destination, { cluster: destination, role: 'destination' }),
  ]
  const labels = mirrors.map(({ topic }) => ({ link, topic }))
  const perMirror = (of: (mirror: CarriedMirror) => number | bigint): readonly MetricSample[] =>
    mirrors.map((mirror, index) => ({ labels: labels[index] ?? {}, value: of(mirror) }))
  return [
    gauge({ name: 'georep_runner_lease_age_seconds', help: 'Time since the link state was read that allows this runner to append.' }, one(metricSeconds(leader.leaseAgeMs))), // prettier-ignore
    gauge(
      { name: 'georep_runner_lease_valid', help: 'Whether this runner may append.' },
      one(Number(leader.isLeaseFresh)),
    ),
    gauge({ name: 'georep_runner_last_heartbeat_timestamp_seconds', help: 'When this runner last wrote its heartbeat.' }, one(metricSeconds(leader.heartbeatAt?.getTime()))), // prettier-ignore
    gauge({ name: 'georep_runner_held_bytes', help: 'Bytes of records that were fetched and are not acknowledged.' }, one(leader.heldBytes)), // prettier-ignore
    gauge({ name: 'georep_cluster_up', help: 'Whether the cluster answers this runner.' }, perCluster({ source: isUp(leader.isSourceUp), destination: isUp(leader.isDestinationUp) })), // prettier-ignore
    gauge({ name: 'georep_round_trip_seconds', help: 'How long the cluster takes to answer a small request: median of five.' }, perCluster({ source: metricSeconds(roundTripMs.source), destination: metricSeconds(roundTripMs.destination) })), // prettier-ignore
    gauge({ name: 'georep_group_sync_last_success_timestamp_seconds', help: 'When group offsets were last copied.' }, one(metricSeconds(groups?.at.getTime()))), // prettier-ignore
    gauge({ name: 'georep_groups', help: 'Groups of the last round: committed, active (left alone, with members on the destination) and failed.' }, groups === undefined ? [] : [
      ...one(groups.report.committed.length, { result: 'committed' }),
      ...one(groups.report.active.length, { result: 'active' }),
      ...one(groups.report.failed.size, { result: 'failed' }),
    ]), // prettier-ignore
    gauge({ name: 'georep_mirrors', help: 'Mirrors of the link by state.' }, [...mirrorsByState].flatMap(([state, count]) => one(count, { state }))), // prettier-ignore
    gauge(mirrorLagRecords, perMirror(({ lagRecords }) => lagRecords ?? Number.NaN)), // prettier-ignore
    gauge(mirrorLagSeconds, perMirror(({ lagMs }) => metricSeconds(lagMs))), // prettier-ignore
    gauge(
      { name: 'georep_mirror_partitions', help: 'Partitions of the mirror.' },
      perMirror(({ partitions }) => partitions),
    ),
    gauge({ name: 'georep_mirror_partitions_running', help: 'Partitions of the mirror that are carried now.' }, perMirror(({ running }) => running)), // prettier-ignore
    counter({ name: 'georep_mirror_records_total', help: 'Records that the destination has acknowledged.' }, perMirror(({ records }) => records)), // prettier-ignore
    counter({ name: 'georep_mirror_bytes_total', help: 'Bytes of record batches that the destination has acknowledged.' }, perMirror(({ bytes }) => bytes)), // prettier-ignore
    counter({ name: 'georep_mirror_batches_total', help: 'Record batches that the destination has acknowledged.' }, perMirror(({ batches }) => batches)), // prettier-ignore
  ]
}
