import { expect, it } from 'vitest'
import { carriedMirror, leaderStanding } from '../../../test/support/standing.ts'
import { metricsPage } from './metrics.ts'

const ends = { link: 'east-west', source: 'east', destination: 'west' }

function samples(standing: Parameters<typeof metricsPage>[2]): readonly string[] {
  const { body } = metricsPage('1.2.3', ends, standing)
  return body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

it('a leader tells of itself, both clusters, groups and mirrors', () => {
  expect(samples(leaderStanding())).toEqual([
    'georep_build_info{version="1.2.3"} 1',
    'georep_runner_role{link="east-west",role="starting"} 0',
    'georep_runner_role{link="east-west",role="standby"} 0',
    'georep_runner_role{link="east-west",role="leader"} 1',
    'georep_runner_is_leader{link="east-west"} 1',
    'georep_runner_lease_age_seconds{link="east-west"} 0.25',
    'georep_runner_lease_valid{link="east-west"} 1',
    'georep_runner_last_heartbeat_timestamp_seconds{link="east-west"} 1767323045',
    'georep_runner_held_bytes{link="east-west"} 1000',
    'georep_cluster_up{link="east-west",cluster="east",role="source"} 1',
    'georep_cluster_up{link="east-west",cluster="west",role="destination"} 1',
    'georep_round_trip_seconds{link="east-west",cluster="east",role="source"} 0.08',
    'georep_round_trip_seconds{link="east-west",cluster="west",role="destination"} 0.0005',
    'georep_group_sync_last_success_timestamp_seconds{link="east-west"} 1767323040',
    'georep_groups{link="east-west",result="committed"} 2',
    'georep_groups{link="east-west",result="active"} 1',
    'georep_groups{link="east-west",result="failed"} 1',
    'georep_mirrors{link="east-west",state="ACTIVE"} 1',
    'georep_mirrors{link="east-west",state="FAILED"} 2',
    'georep_mirror_lag_records{link="east-west",topic="orders"} 7',
    'georep_mirror_lag_seconds{link="east-west",topic="orders"} 1.5',
    'georep_mirror_partitions{link="east-west",topic="orders"} 3',
    'georep_mirror_partitions_running{link="east-west",topic="orders"} 2',
    'georep_mirror_records_total{link="east-west",topic="orders"} 10',
    'georep_mirror_bytes_total{link="east-west",topic="orders"} 2000',
    'georep_mirror_batches_total{link="east-west",topic="orders"} 4',
  ])
})

it('what is not known is NaN, and never 0', () => {
  const all = samples(
    leaderStanding({
      leaseAgeMs: undefined,
      heartbeatAt: undefined,
      isSourceUp: undefined,
      roundTripMs: { source: undefined, destination: undefined },
      groups: undefined,
      mirrors: [carriedMirror({ lagRecords: undefined, lagMs: undefined })],
    }),
  )
  expect(all.filter((line) => line.endsWith(' NaN')).map((line) => line.split(/[{ ]/)[0])).toEqual([
    'georep_runner_lease_age_seconds',
    'georep_runner_last_heartbeat_timestamp_seconds',
    'georep_cluster_up',
    'georep_round_trip_seconds',
    'georep_round_trip_seconds',
    'georep_group_sync_last_success_timestamp_seconds',
    'georep_mirror_lag_records',
    'georep_mirror_lag_seconds',
  ])
  expect(all.some((line) => line.startsWith('georep_groups'))).toBe(false)
})

it('a standby tells of no mirror, so that a sum over all runners counts nothing twice', () => {
  const holder = { user: '', host: 'host-1', pid: 42 }
  expect(samples({ role: 'standby', holder, lookedMsAgo: 1 }).join('\n')).not.toMatch(/mirror|cluster/)
})

it('ten thousand partitions of a topic are as many lines as one', () => {
  const lines = (partitions: number): number =>
    samples(leaderStanding({ mirrors: [carriedMirror({ partitions })] })).length
  expect(lines(10_000)).toBe(lines(1))
})
