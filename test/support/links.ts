import { systemTime } from '../../src/cli/system-time.ts'
import { lossOf, totalLoss } from '../../src/core/loss.ts'
import type { MirrorState } from '../../src/core/mirror-state.ts'
import { offset } from '../../src/core/offset.ts'
import type { FailoverPlan, LinkTarget, LinkView, MirrorView } from '../../src/engines/engine.ts'
import { Cluster } from '../../src/kafka/cluster.ts'
import type { LinkRecord } from '../../src/links/records.ts'
import { LinkState } from '../../src/links/state.ts'

// A link as the engine would tell of it, for what is printed. Nothing here connects.

export const at = new Date('2026-01-02T03:04:05.000Z')

export const link: LinkRecord = {
  v: 1,
  kind: 'link',
  name: 'east-west',
  engine: 'embedded',
  source: { name: 'east', clusterId: 'EAST-ID' },
  destination: { name: 'west', clusterId: 'WEST-ID' },
  producer: { id: 1000n, epoch: 0 },
  groups: ['orders-*', 'billing'],
  patterns: [],
  pausedAt: null,
  throttleBytesPerSecond: null,
  syncConfigsExclude: [],
  syncAcls: null,
  protect: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: { owner: 'abc', host: 'ops-1' },
}

const cluster = (name: string, port: number): Cluster =>
  new Cluster(
    { name, bootstrap: [`kafka-${name}:${port}`], region: undefined, tls: undefined, sasl: undefined },
    { wait: systemTime.wait },
  )

const destination = cluster('west', 9092)
export const target: LinkTarget = {
  link,
  source: cluster('east', 9092),
  destination,
  state: new LinkState(destination),
}

/** One mirror; `ends` by partition: of the source (undefined when never read) and of the mirror. */
export function mirror(
  topic: string,
  state: MirrorState,
  ends: readonly (readonly [source: bigint | undefined, mirrored: bigint | undefined])[],
  seen: 'now' | Date | 'never' = 'now',
): MirrorView {
  const isCurrent = seen === 'now'
  const stopped = { state: 'STOPPED', stoppedBy: 'failover', at: at.toISOString(), ends: ends.map(([, end]) => end ?? 0n), isFenced: true } as const // prettier-ignore
  return {
    record: {
      v: 1,
      kind: 'mirror',
      link: link.name,
      sourceTopic: topic,
      sourceTopicId: '0'.repeat(32),
      mirrorTopic: topic,
      mirrorTopicId: '1'.repeat(32),
      partitions: ends.length,
      state: state.state === 'STOPPED' ? stopped : { state: 'ACTIVE' },
      deferredConfigs: {},
      isTopicMade: true,
      createdAt: at.toISOString(),
    },
    state,
    partitions: ends.map(([source, mirrored], partition) => {
      const sourceEnd = source === undefined ? undefined : { offset: offset(source), isCurrent }
      const end = mirrored === undefined ? undefined : offset(mirrored)
      return { partition, sourceEnd, mirrored: end, loss: lossOf(sourceEnd, end) }
    }),
    sourceSeenAt: seen === 'never' ? undefined : seen,
  }
}

export const secondsAgo = (seconds: number): Date => new Date(at.getTime() - 1_000 * seconds)

export const healthy: LinkView = {
  link,
  state: 'ACTIVE',
  runner: { host: 'ops-1', pid: 4711, since: '2026-01-01T00:00:01.000Z' },
  isSourceReachable: true,
  mirrors: [
    mirror('orders', { state: 'ACTIVE' }, [[120n, 120n], [118n, 100n]]),
    mirror('payments', { state: 'ACTIVE' }, [[9223372036854775807n, 9223372036854775800n]]),
  ],
  unmirrored: [],
} // prettier-ignore

export const sourceDead: LinkView = {
  link,
  state: 'DEGRADED',
  runner: undefined,
  isSourceReachable: false,
  mirrors: [
    mirror('orders', { state: 'SOURCE_UNAVAILABLE' }, [[120n, 120n], [118n, 100n]], secondsAgo(41)),
    mirror('payments', { state: 'FAILED', reason: 'the source topic "payments" is gone \u001b[2J' }, [[7n, 7n]], secondsAgo(7_300)),
    mirror('audit', { state: 'PENDING', phase: 'creating the mirror topic' }, [[undefined, undefined]], 'never'),
    mirror('old', { state: 'STOPPED', stoppedBy: 'failover' }, [[3n, 3n]], secondsAgo(41)),
  ],
  unmirrored: [],
} // prettier-ignore

const { producer: _, ...base } = link
const mm2Link: LinkRecord = {
  ...base,
  engine: 'mm2',
  mm2: {
    connectUrl: 'http://connect-west:8083',
    aliases: { source: 'east', target: 'west' },
    connectors: {
      source: 'georep.east-west.source',
      checkpoint: 'georep.east-west.checkpoint',
      heartbeat: 'georep.east-west.heartbeat',
      returnHeartbeat: null,
    },
    naming: { policy: 'identity', separator: '.' },
    syncsOn: 'target',
    isAdopted: false,
  },
}
const worker = 'connect-west:8083'
const why = 'ConnectException: Unrecoverable exception from producer send callback: RecordTooLargeException: too large \u001b[2J' // prettier-ignore

/** One of two tasks has FAILED, and the checkpoint connector was deleted. */
export const carried: LinkView = {
  ...healthy,
  link: mm2Link,
  state: 'DEGRADED',
  runner: undefined,
  mirrors: [
    mirror('orders', { state: 'ACTIVE' }, [[120n, 120n]]),
    mirror('payments', { state: 'FAILED', reason: `task 1 of connector "georep.east-west.source" has FAILED: ${why}` }, [[9n, 7n]]), // prettier-ignore
  ],
  connect: {
    url: 'http://connect-west:8083',
    version: '4.3.1',
    why: undefined,
    isExactlyOnce: true,
    connectors: [
      { role: 'source', name: 'georep.east-west.source', state: 'RUNNING', worker, why: undefined, tasks: [{ id: 0, state: 'RUNNING', worker, why: undefined }, { id: 1, state: 'FAILED', worker, why }] },
      { role: 'checkpoint', name: 'georep.east-west.checkpoint', state: undefined, worker: undefined, why: undefined, tasks: [] },
      { role: 'heartbeat', name: 'georep.east-west.heartbeat', state: 'UNASSIGNED', worker, why: undefined, tasks: [] },
    ],
    told: { heartbeat: { at: secondsAgo(1) }, dataPath: { at: secondsAgo(95) }, checkpoint: { at: undefined }, groupSyncMs: undefined },
    warnings: ['source topic "payments" was truncated: partition 0 ends at 5, and Kafka Connect goes on from 7'],
  },
} // prettier-ignore

export const connectSilent: LinkView = {
  ...carried,
  state: 'NO_RUNNER',
  mirrors: [mirror('orders', { state: 'PENDING', phase: 'Kafka Connect does not tell whether it is carried: no answer within 10 s' }, [[120n, undefined]])],
  connect: {
    url: 'http://connect-west:8083',
    version: undefined,
    why: 'no answer within 10 s',
    isExactlyOnce: undefined,
    connectors: [],
    told: { heartbeat: { at: secondsAgo(400) }, dataPath: { why: 'needs Read on topic "east.heartbeats" at cluster "west" for User:georep' }, checkpoint: { at: secondsAgo(405) }, groupSyncMs: 10_000 },
    warnings: [],
  },
} // prettier-ignore

export function failoverPlan(view: LinkView, rest: Partial<FailoverPlan> = {}): FailoverPlan {
  const open = view.mirrors.filter(({ state }) => state.state !== 'STOPPED')
  return {
    isAll: true,
    isSourceReachable: view.isSourceReachable,
    mirrors: view.mirrors,
    missing: [],
    loss: totalLoss(open.flatMap(({ partitions }) => partitions.map(({ loss }) => loss))),
    fence: 'permitted',
    ...rest,
  }
}
