import { describe, expect, it } from 'vitest'
import { clusterView } from '../../src/cli/figures.ts'
import { jsonDocument } from '../../src/cli/json.ts'
import { groupLagRows, type GroupsSeen, renderGroupLag } from '../../src/cli/lag/group-rows.ts'
import type { Io } from '../../src/cli/context.ts'
import type { HeldBackRow } from '../../src/cli/lag/lag-seen.ts'
import { renderHeldBack, warnOfHeldBack } from '../../src/cli/lag/held-back.ts'
import { lagRows, renderLag } from '../../src/cli/lag/lag-run.ts'
import { type LinkAdoptView, renderLinkAdopt } from '../../src/cli/link/adopt-run.ts'
import { connectorsView } from '../../src/cli/link/create-connectors.ts'
import { renderLinkCreate, type LinkCreateView } from '../../src/cli/link/create-run.ts'
import { renderLinkDescribe } from '../../src/cli/link/describe-run.ts'
import { renderLinkList } from '../../src/cli/link/list-run.ts'
import type { LinkProtection } from '../../src/cli/link/protect-view.ts'
import { linkView } from '../../src/cli/link/view.ts'
import { renderLinkChange, type LinkChangeView } from '../../src/cli/link/change.ts'
import { renderLinkDelete, type LinkDeleteView } from '../../src/cli/link/delete-run.ts'
import { renderMirrorChange, type MirrorChangeRow } from '../../src/cli/mirror/change.ts'
import {
  createdMirrorRow,
  hiddenWarnings,
  renderCreatedPatterns,
  renderMirrorCreate,
  type CreatedPatternRow,
} from '../../src/cli/mirror/create-view.ts'
import { deletedRow, renderMirrorDelete } from '../../src/cli/mirror/delete-view.ts'
import { mirrorDescription, renderMirrorDescribe } from '../../src/cli/mirror/describe-run.ts'
import {
  failoverView,
  renderFailoverPlan,
  renderFailoverResults,
  sourceText,
} from '../../src/cli/mirror/failover-view.ts'
import { mirrorRow, patternRows, renderMirrors, renderPatterns, unmirroredRows } from '../../src/cli/mirror/view.ts'
import { clampView, renderClamp } from '../../src/cli/offset/clamp-view.ts'
import { missedOfMirrors, warnOfMissed } from '../../src/cli/missed-tombstones.ts'
import { styleOf } from '../../src/cli/style.ts'
import { lagGate } from '../../src/core/lag-gate.ts'
import { limitFinder } from '../../src/core/lag-objectives.ts'
import type { NextUnread } from '../../src/core/next-unread.ts'
import { offset } from '../../src/core/offset.ts'
import type { Protection } from '../../src/core/protection.ts'
import { connectorRoles } from '../../src/engines/connectors.ts'
import { connectorConfigs, connectorNames } from '../../src/engines/mm2/connector-configs.ts'
import type { FailoverResult, LinkView, MirrorDetail, MirrorPlan, MirrorView } from '../../src/engines/engine.ts'
import type { ClampOutcome, ClampPlan } from '../../src/links/clamp.ts'
import type { LeftGroupsRecord } from '../../src/links/runner-notes.ts'
import type { GroupPosition } from '../../src/links/group-positions.ts'
import {
  at,
  carried,
  connectSilent,
  failoverPlan,
  healthy,
  link,
  mirror,
  sourceDead,
  target,
} from '../support/links.ts'
import { expectGolden } from './golden.ts'

// What the verbs of link, mirror, offset and lag print, as tables and as documents, from views that are fixed here.

const style = styleOf({ hasColor: false })
const observed = (view: LinkView): Parameters<typeof linkView>[0] => ({ kind: 'observed', link: view.link, view })
/** Those of "pay" are looked up still. */
const stale = ([
  ['orders', { late: null, missed: { since: '2025-12-30T01:02:03.000Z', until: at.toISOString(), keptMs: 86_400_000 } }],
  ['audit', { late: { since: null, until: '2026-01-02T03:03:05.000Z' }, missed: null }],
  ['pay', { late: { since: null, until: '2026-01-02T03:03:05.001Z' }, missed: null }],
] as const).map(([topic, tombstones]): MirrorView => ({ ...mirror(topic, { state: 'ACTIVE' }, [[7n, 7n]]), tombstones: { caughtUpAt: at.toISOString(), ...tombstones } })) // prettier-ignore
const unseen = {
  kind: 'unknown',
  link: { ...link, name: 'north-west' },
  why: 'cluster "north" is not in the file',
} as const

describe('link', () => {
  const view: LinkCreateView = {
    link: 'east-west',
    outcome: 'created',
    engine: 'embedded',
    source: clusterView(target.source, 'EAST-ID'),
    destination: clusterView(target.destination, 'WEST-ID'),
    groups: ['orders-*'],
    throttleBytesPerSecond: null,
    syncConfigsExclude: [],
    syncAcls: null,
    protect: null,
    fence: 'permitted',
    connect: null,
    next: 'georep link run east-west',
  }
  it('create', () => {
    const views: readonly LinkCreateView[] = [
      view,
      { ...view, outcome: 'planned', fence: 'notPermitted' },
      { ...view, outcome: 'unchanged', groups: [], fence: 'unknown' },
    ]
    expectGolden('link-create.txt', views.map((each) => renderLinkCreate(each, style)).join('\n'))
    expectGolden('link-create-json.txt', jsonDocument('georep.link-create/1', view))
    const client = { 'bootstrap.servers': 'kafka:9092', 'sasl.jaas.config': 'a.b.PlainLoginModule required username="ann" password="hunter2";', 'ssl.truststore.certificates': 'a\nb\n' } // prettier-ignore
    const configs = connectorConfigs({
      link: 'east-west',
      aliases: { source: 'east', target: 'west' },
      groups: ['orders-*', 'a,b?'],
      naming: 'identity',
      clients: { source: client, target: client, sourceOfWorker: client },
      brokers: { source: 1, destination: 5 },
      isExactlyOnce: true,
      isWan: true,
      settings: [
        { role: undefined, key: 'source.cluster.bootstrap.servers', value: 'seen-from-the-workers:9092' },
        { role: 'checkpoint', key: 'tasks.max', value: '2' },
      ],
    })
    const names = connectorNames('east-west')
    const connectors = connectorRoles.map((role) => ({ role, name: names[role], config: configs[role], does: 'create' }) as const) // prettier-ignore
    const connect = connectorsView({ url: 'http://connect:8083', version: '4.3.1', isExactlyOnce: true, connectors })
    const byConnect: LinkCreateView = { ...view, engine: 'mm2', fence: 'notNeeded', connect, next: 'georep mirror create <topic> --link east-west' } // prettier-ignore
    const again: LinkCreateView = { ...byConnect, connect: { ...connect, isExactlyOnce: false, connectors: connect.connectors.map((one, index) => ({ ...one, does: (['none', 'start', 'create', 'remake'] as const)[index] ?? 'none', ...(index === 3 ? { kept: ['tasks.max'], replaced: ['source.cluster.ssl.truststore.type'] } : {}) })) } } // prettier-ignore
    const shown = [{ ...byConnect, outcome: 'planned' as const }, again].map((each) => renderLinkCreate(each, style)).join('\n') // prettier-ignore
    expect(shown).not.toContain('hunter2')
    expectGolden('link-create-mm2.txt', shown)
    expectGolden('link-create-mm2-json.txt', jsonDocument('georep.link-create/1', again))
  })
  it('adopt', () => {
    const adopted: LinkAdoptView = {
      link: 'east-west',
      outcome: 'adopted',
      source: clusterView(target.source, 'EAST-ID'),
      destination: clusterView(target.destination, 'WEST-ID'),
      groups: ['*'],
      connectUrl: 'http://connect:8083',
      connectors: [
        { role: 'source', name: 'mm2-source' },
        { role: 'checkpoint', name: 'mm2-checkpoint' },
      ],
      mirrors: [{ topic: 'east.orders', sourceTopic: 'orders', partitions: 3 }],
      differences: [
        { connector: 'mm2-source', key: 'replication.factor', is: null, wouldBe: '3' },
        { connector: 'mm2-checkpoint', key: 'sync.group.offsets.enabled', is: 'false', wouldBe: 'true' },
      ],
      warnings: [],
      next: 'georep link describe east-west',
    }
    const views = [adopted, { ...adopted, outcome: 'planned', mirrors: [], differences: [] } as const]
    expectGolden('link-adopt.txt', views.map((each) => renderLinkAdopt(each, style)).join('\n'))
    expectGolden('link-adopt-json.txt', jsonDocument('georep.link-adopt/1', adopted))
  })
  it('pause, alter and delete', () => {
    const change: LinkChangeView = { link: 'east-west', change: 'paused', outcome: 'applied', why: null, details: [], runner: 'obeyed', next: 'georep link resume east-west' } // prettier-ignore
    const changes = [change, { ...change, outcome: 'pending', why: 'the runner has not said so', runner: 'notYet' } as const, { ...change, change: 'carries at most 10 MB/s', outcome: 'planned', runner: null } as const] // prettier-ignore
    expectGolden('link-pause.txt', changes.map((each) => renderLinkChange(each, style)).join('\n'))
    const deleted: LinkDeleteView = {
      link: 'east-west',
      outcome: 'planned',
      destination: clusterView(target.destination, 'WEST-ID'),
      mirrors: [{ topic: 'orders', state: 'ACTIVE' }],
      connectors: [],
      blockers: ['its runner lives (ops-1, pid 4711)', 'mirror "orders" is ACTIVE'],
      next: 'georep link delete east-west',
    }
    const ours = [{ name: 'georep.east-west.source', fate: 'deleted' }, { name: 'georep.east-west.checkpoint', fate: 'deleted' }] as const // prettier-ignore
    const views = [deleted, { ...deleted, outcome: 'applied', mirrors: [], blockers: [] } as const, { ...deleted, blockers: [], connectors: ours }, { ...deleted, blockers: [], connectors: [{ name: 'mm2-source', fate: 'left' }] } as const] // prettier-ignore
    expectGolden('link-delete.txt', views.map((each) => renderLinkDelete(each, style)).join('\n'))
  })
  it('list', () => {
    const rows = [observed(healthy), observed(sourceDead), unseen].map((each) => linkView(each, at))
    expectGolden('link-list.txt', renderLinkList(rows, style))
    expectGolden('link-list-json.txt', jsonDocument('georep.links/1', { links: rows, unasked: [] }))
  })
  it('describe', () => {
    expectGolden('link-describe.txt', renderLinkDescribe(linkView(observed(healthy), at), style))
    expectGolden('link-describe-source-dead.txt', renderLinkDescribe(linkView(observed(sourceDead), at), style))
    const left: LeftGroupsRecord = {
      v: 1,
      kind: 'leftgroups',
      groups: ['billing', 'orders-app'],
      count: 2,
      at: at.toISOString(),
    }
    const synced: LinkView = { ...healthy, link: { ...link, syncConfigsExclude: ['retention.*'], syncAcls: { resources: ['orders*'] } }, syncedAt: at.toISOString(), leftGroups: left, aclSync: { syncedAt: at.toISOString(), unsynced: ['needs Alter on the cluster'] } } // prettier-ignore
    expectGolden('link-describe-synced.txt', renderLinkDescribe(linkView(observed(synced), at), style))
    const empty = linkView(observed({ ...healthy, mirrors: [], runner: undefined, state: 'NO_RUNNER' }), at)
    expectGolden('link-describe-empty.txt', renderLinkDescribe(empty, style))
    const unseenRunner = linkView(observed({ ...healthy, mirrors: [], runner: undefined, state: undefined }), at)
    expectGolden('link-describe-runner-unknown.txt', renderLinkDescribe(unseenRunner, style))
  })
  it('describe, of mirrors that others are to be kept off', () => {
    const view: LinkView = { ...healthy, link: { ...link, protect: { principal: 'User:runner' } } }
    const topics = new Map<string, Protection>([
      ['orders', { kind: 'protected' }],
      ['payments', { kind: 'open', writers: ['User:app', 'User:ops'] }],
      ['public', { kind: 'notPossible', why: 'ALLOW Write on topic "public" is for everybody' }],
    ])
    const kept: LinkProtection = { seen: { topics: new Map([...topics].slice(0, 1)), unknown: [] }, told: [], stillDenied: [] } // prettier-ignore
    const views = [kept, { ...kept, seen: { topics, unknown: [] }, told: ['needs Alter on the cluster'], stillDenied: ['old'] }, { ...kept, seen: 'needs Describe on the cluster' }] // prettier-ignore
    const rows = views.map((one) => linkView(observed(view), at, one))
    expectGolden('link-describe-protected.txt', rows.map((row) => renderLinkDescribe(row, style)).join('\n'))
    expectGolden('link-describe-protected-json.txt', jsonDocument('georep.link/1', rows[1]))
  })
  it('describe, carried by Kafka Connect', () => {
    const views = [carried, connectSilent].map((view) => linkView(observed(view), at))
    expectGolden('link-describe-mm2.txt', views.map((view) => renderLinkDescribe(view, style)).join('\n'))
    expectGolden('link-describe-mm2-json.txt', jsonDocument('georep.link/1', views[0]))
  })
})

describe('mirror', () => {
  it('create', () => {
    const plan: MirrorPlan = {
      sourceTopic: 'orders',
      mirrorTopic: 'orders',
      sourceTopicId: '',
      partitions: 2,
      replicationFactor: 3,
      recordsToCopy: 238n,
      configs: {
        copied: new Map([['retention.ms', '604800000']]),
        overridden: new Map([
          ['compression.type', { value: 'producer', why: 'batches are stored as the source has them' }],
        ]),
        deferred: new Map([['compression.type', 'lz4']]),
        skipped: new Map([['remote.storage.enable', 'the destination may have no remote storage']]),
      },
      existing: undefined,
      isMatched: false,
      blockers: [],
    }
    const rows = [
      createdMirrorRow({ topic: 'orders', prefix: '' }, plan, { kind: 'applied' }),
      createdMirrorRow(
        { topic: 'payments', prefix: 'east.' },
        { ...plan, sourceTopic: 'payments', mirrorTopic: 'east.payments', recordsToCopy: 7n },
        { kind: 'unchanged', why: 'it is a mirror already, ACTIVE' },
      ),
      createdMirrorRow({ topic: 'missing', prefix: '' }, undefined, {
        kind: 'refused',
        why: 'topic "missing" does not exist on cluster "east"',
      }),
    ]
    expectGolden('mirror-create.txt', renderMirrorCreate(rows, style))
    const seen = { estimate: 300n, bytes: 24_000n, mostAtOnce: 10_000_000n, isWhole: true, unknown: [] }
    const hiding = [
      { ...seen, known: { atLeast: 300n, atMost: 300n } },
      {
        ...seen,
        known: { atLeast: 120n, atMost: 3_000_000_000n },
        estimate: 2_100_000_000n,
        bytes: 168_000_000_000n,
        isWhole: false,
      },
      {
        ...seen,
        known: { atLeast: 0n, atMost: undefined },
        estimate: undefined,
        bytes: undefined,
        unknown: [
          { partition: 1, offset: null, why: 'LEADER_NOT_AVAILABLE' },
          { partition: 3, offset: 5_000n, why: 'nothing is answered from there on' },
        ],
      },
    ].map((hidden, index) => ({ ...plan, sourceTopic: `keyed-${index}`, mirrorTopic: `keyed-${index}`, hidden }))
    const hidingRows = hiding.map((one) => createdMirrorRow({ topic: one.sourceTopic, prefix: '' }, one, undefined))
    expectGolden('mirror-create-hidden.txt', renderMirrorCreate([...hidingRows, ...rows], style))
    expectGolden(
      'mirror-create-hidden-warnings.txt',
      hiding
        .flatMap(hiddenWarnings)
        .map((line) => `${line}\n`)
        .join(''),
    )
    expectGolden(
      'mirror-create-hidden-json.txt',
      jsonDocument('georep.mirror-create/1', { link: 'east-west', isDryRun: true, patterns: [], mirrors: hidingRows }),
    )
    expectGolden(
      'mirror-create-json.txt',
      jsonDocument('georep.mirror-create/1', { link: 'east-west', isDryRun: false, patterns: [], mirrors: rows }),
    )
  })
  it('list', () => {
    const rows = [...healthy.mirrors, ...sourceDead.mirrors, ...stale].map((each) => mirrorRow(each, at))
    expectGolden('mirror-list.txt', renderMirrors(rows, style))
    expectGolden(
      'mirror-list-json.txt',
      jsonDocument('georep.mirrors/1', { mirrors: rows, patterns: [], unmirrored: [], unknownLinks: [], unasked: [] }),
    )
  })
  it('create with patterns', () => {
    const rows: readonly CreatedPatternRow[] = [
      { pattern: 'orders-*', prefix: 'east.', isAutoCreate: true, outcome: 'applied', why: null, mirrored: 2, leftOut: ['west.orders-1'] },
      { pattern: '*', prefix: '', isAutoCreate: false, outcome: 'refused', why: 'it is a pattern of the link already, with the prefix "east."; take it off first', mirrored: 0, leftOut: [] },
    ] // prettier-ignore
    expectGolden('mirror-create-patterns.txt', renderCreatedPatterns(rows, style))
  })
  it('list with patterns', () => {
    const patterns = [{ glob: 'orders-*', prefix: 'east.', isAutoCreate: true, except: ['orders-x'] }, { glob: '*', prefix: '', isAutoCreate: false, except: [] }] // prettier-ignore
    const view = { ...healthy, link: { ...link, patterns }, unmirrored: [{ topic: 'orders-keyed', why: '"orders-keyed" is compacted' }] } // prettier-ignore
    expectGolden('mirror-list-patterns.txt', renderPatterns(patternRows(view), unmirroredRows(view), style))
    // Of a connector that was adopted, which has a pattern of its own.
    expect(renderPatterns([], unmirroredRows(view), style)).toContain('NOT-MIRRORED')
    expect(renderPatterns([], [], style)).toBe('')
    const paused = { ...view, link: { ...view.link, pausedAt: at.toISOString(), throttleBytesPerSecond: 10_000_000 }, state: 'PAUSED' } as const // prettier-ignore
    expectGolden('link-describe-patterns.txt', renderLinkDescribe(linkView(observed(paused), at), style))
  })
  it('pause, delete, describe', () => {
    const changed: readonly MirrorChangeRow[] = [
      { topic: 'orders', outcome: 'applied', why: null, runner: 'obeyed' },
      { topic: 'payments', outcome: 'refused', why: 'it is FAILED: the source topic "payments" is gone', runner: null },
      { topic: 'audit', outcome: 'unchanged', why: 'it is paused since 2026-01-02T03:04:05.000Z', runner: 'noRunner' },
    ]
    expectGolden('mirror-pause.txt', renderMirrorChange(changed, style))
    const deletion = { topic: 'orders', record: healthy.mirrors[0]!.record, state: { state: 'ACTIVE' }, withTopic: true, records: 120n, pattern: 'orders-*', blockers: [] } as const // prettier-ignore
    const deleted = [
      deletedRow('orders', deletion, undefined),
      deletedRow('payments', { ...deletion, topic: 'payments', state: { state: 'FAILED', reason: 'the source topic "payments" is gone' }, withTopic: false, records: undefined, pattern: undefined }, { kind: 'applied' }),
      deletedRow('orders-*', undefined, { kind: 'refused', why: 'link "east-west" has no pattern "orders-*"' }),
    ] // prettier-ignore
    expectGolden('mirror-delete.txt', renderMirrorDelete(deleted, style))
    expectGolden('mirror-delete-json.txt', jsonDocument('georep.mirror-delete/1', { link: 'east-west', isDryRun: true, mirrors: deleted })) // prettier-ignore
    const settings: MirrorDetail['settings'] = [
      { name: 'compression.type', fate: 'overridden', value: 'producer', why: 'batches are stored as the source has them' },
      { name: 'compression.type', fate: 'deferred', value: 'gzip', why: 'set when the mirror stops' },
      { name: 'retention.ms', fate: 'own', value: '1', why: 'the source has 2' },
      { name: 'segment.bytes', fate: 'copied', value: '1000', why: undefined },
      { name: 'remote.storage.enable', fate: 'skipped', value: undefined, why: 'the destination may have no remote storage' },
    ] // prettier-ignore
    const synced = { unsynced: ['retention.ms is not as on the source: too short'], syncedAt: at.toISOString() }
    const never = { unsynced: [], syncedAt: undefined }
    const described = mirrorDescription({ ...synced, view: healthy.mirrors[0]!, failedAt: undefined, settings, isSourceCompared: true, settingsWhy: undefined }, at) // prettier-ignore
    const failed = mirrorDescription({ ...never, view: sourceDead.mirrors[1]!, failedAt: at.toISOString(), settings: settings.slice(0, 2), isSourceCompared: false, settingsWhy: undefined }, at) // prettier-ignore
    const refused = 'needs DescribeConfigs on topic "orders" at cluster "east" for User:app'
    const denied = [settings.slice(0, 1), undefined].map((some) => mirrorDescription({ ...never, view: healthy.mirrors[0]!, failedAt: undefined, settings: some, isSourceCompared: false, settingsWhy: refused }, at)) // prettier-ignore
    const missed = mirrorDescription({ ...never, view: stale[0]!, failedAt: undefined, settings: settings.slice(0, 1), isSourceCompared: true, settingsWhy: undefined }, at) // prettier-ignore
    expectGolden(
      'mirror-describe.txt',
      [described, failed, ...denied, missed].map((one) => renderMirrorDescribe(one, style)).join('\n'),
    )
    expectGolden('mirror-describe-json.txt', jsonDocument('georep.mirror/1', described))
  })
  it('failover: before, after, and where it was left half way', () => {
    const dead = { ...sourceDead, mirrors: sourceDead.mirrors.filter(({ state }) => state.state !== 'PENDING') }
    const rest = { now: at, refusals: [], next: 'georep offset clamp --link east-west', results: undefined }
    const denied = { topics: [{ topic: 'orders', principals: ['User:app'] }], isPermitted: true }
    const plans = [failoverPlan(healthy), failoverPlan(dead, { fence: 'notPermitted' }), failoverPlan(sourceDead), failoverPlan(healthy, { denied }), failoverPlan(healthy, { denied: { ...denied, isPermitted: false } }), failoverPlan(sourceDead, { isSourceReachable: true, sourceRefusal: 'cluster "east" refused the credentials' })] // prettier-ignore
    const before = plans.map((plan) => renderFailoverPlan(failoverView(plan, target, rest), style))
    expectGolden('mirror-failover-before.txt', before.join('\n'))
    const results: readonly FailoverResult[] = [
      {
        topic: 'orders',
        outcome: { kind: 'applied' },
        ends: [offset(120n), offset(100n)],
        loss: { kind: 'atLeast', records: 18n },
      },
      {
        topic: 'wide',
        outcome: { kind: 'applied' },
        ends: [1n, 2n, 3n, 4n, 5n].map(offset),
        loss: { kind: 'exact', records: 0n },
      },
      {
        topic: 'payments',
        outcome: { kind: 'pending', why: 'partition 0 is not fenced yet: no answer' },
        ends: undefined,
        loss: { kind: 'unknown' },
      },
      {
        topic: 'bills',
        outcome: {
          kind: 'incomplete',
          why: 'User:app may not write there yet (--protect acl): needs Alter on the cluster',
        },
        ends: [offset(3n)],
        loss: { kind: 'exact', records: 0n },
      },
    ]
    const after = failoverView(failoverPlan(dead, { denied }), target, { ...rest, results })
    expectGolden(
      'mirror-failover-after.txt',
      `${renderFailoverResults(after.results ?? [], style)}${sourceText(after)}\n`,
    )
    expectGolden('mirror-failover-json.txt', jsonDocument('georep.mirror-failover/1', after))
  })
})

it('offset clamp', () => {
  const change = { topic: 'orders', metadata: '', logStart: offset(5n), logEnd: offset(10n) }
  const plan: ClampPlan = {
    untold: undefined,
    lastTold: undefined,
    groups: [
      { group: 'billing', compared: 3, changes: [], blocker: undefined },
      {
        group: 'orders-app',
        compared: 2,
        changes: [
          {
            ...change,
            partition: 0,
            committed: offset(12n),
            clamp: { kind: 'pastLogEnd', to: offset(10n), ahead: 2n },
          },
          {
            ...change,
            partition: 1,
            committed: offset(1n),
            clamp: { kind: 'belowLogStart', to: offset(5n), lost: 4n },
          },
        ],
        blocker: undefined,
      },
      {
        group: 'orders-live',
        compared: 1,
        changes: [
          {
            ...change,
            partition: 0,
            committed: offset(11n),
            clamp: { kind: 'pastLogEnd', to: offset(10n), ahead: 1n },
          },
        ],
        blocker: { kind: 'active', state: 'Stable' },
      },
      {
        group: 'orders-moved',
        compared: 3,
        changes: [
          { ...change, partition: 0, committed: offset(6n), clamp: { kind: 'toPlace', to: offset(8n) } },
          { ...change, partition: 1, committed: offset(12n), clamp: { kind: 'toPlace', to: offset(8n) } },
          { ...change, partition: 2, committed: undefined, clamp: { kind: 'toPlace', to: offset(8n) } },
        ],
        blocker: undefined,
      },
      { group: 'orders-odd', compared: 0, changes: [], blocker: { kind: 'unknown', why: 'no leader' } },
    ],
  }
  const outcomes: readonly ClampOutcome[] = [
    { group: 'billing', outcome: { kind: 'unchanged', why: 'every commit is where it is to be' } },
    { group: 'orders-app', outcome: { kind: 'applied' } },
    { group: 'orders-live', outcome: { kind: 'refused', why: 'it has members (Stable); stop its consumers' } },
    { group: 'orders-moved', outcome: { kind: 'applied' } },
    { group: 'orders-odd', outcome: { kind: 'unknown', why: 'no leader' } },
  ]
  expectGolden('offset-clamp.txt', renderClamp(clampView(target, plan, [], undefined), style))
  expectGolden('offset-clamp-applied.txt', renderClamp(clampView(target, plan, [], outcomes), style))
  expectGolden(
    'offset-clamp-json.txt',
    jsonDocument('georep.offset-clamp/1', clampView(target, plan, ['payments'], outcomes)),
  )
})

it('lag', () => {
  const mirrors = [...healthy.mirrors, ...sourceDead.mirrors]
  const rows = lagRows(mirrors, at, new Map())
  expectGolden('lag.txt', renderLag(rows, style))
  const ofMirror = limitFinder({ lagMs: undefined, topics: [{ glob: 'orders', lagMs: 5_000 }], groups: [] }, 'topics')
  const limits = { limitMs: null, ofMirror, ofGroup: () => ({ ms: 30_000, objective: 'lag' }) }
  expectGolden('lag-objectives.txt', renderLag(lagRows(mirrors, at, new Map(), limits), style))
  const log = (start: bigint, end: bigint): GroupPosition['log'] => ({ start: offset(start), end: offset(end) })
  const next: NextUnread = { timestampMs: BigInt(at.getTime() - 90_500), method: 'exact', isLogAppendTime: false }
  const position = (committed: bigint | undefined, bounds: GroupPosition['log'], more: Partial<GroupPosition> = {}): GroupPosition => ({ group: 'orders-app', topic: 'orders', partition: 0, committed: committed === undefined ? undefined : offset(committed), log: bounds, next: undefined, why: undefined, ...more }) // prettier-ignore
  const positions = [
    position(120n, log(0n, 120n)),
    position(100n, log(0n, 118n), { partition: 1, next }),
    position(undefined, log(0n, 118n), { group: 'half', partition: 1 }),
    position(3n, log(9n, 118n), { group: 'late', partition: 1, next: { ...next, method: 'est', isLogAppendTime: true } }), // prettier-ignore
    position(999n, log(0n, 118n), { group: 'ahead', partition: 1 }),
    position(119n, log(0n, 120n), { group: 'marker', next: 'none' }),
    position(119n, undefined, { group: 'refused', why: 'needs Describe on topic "orders" at cluster "east" for User:app' }), // prettier-ignore
  ]
  const seen: readonly GroupsSeen[] = [
    { link: 'east-west', from: 'source', silent: undefined, positions, unknown: [], mirrors: healthy.mirrors },
    { link: 'east-west', from: 'destination', silent: 'the source does not answer', positions: [position(90n, undefined, { group: 'copied', partition: 1 })], unknown: [], mirrors: sourceDead.mirrors }, // prettier-ignore
  ]
  const groupRows = groupLagRows(seen, at)
  expectGolden('lag-groups.txt', renderGroupLag(groupRows, style))
  const untold = { transactionalId: null, transactionState: null, transactionStartedAt: null, transactionTimeoutMs: null, next: null } as const // prettier-ignore
  const heldBack: readonly HeldBackRow[] = [
    {
      link: 'east-west',
      topic: 'payments',
      partition: 0,
      stableEnd: 40n,
      producerId: null,
      producerEpoch: null,
      firstOffset: null,
      since: null,
      ageMs: null,
      ...untold,
      why: 'needs Read on topic "payments" at cluster "east" for User:app',
    },
    {
      link: 'east-west',
      topic: 'orders',
      partition: 1,
      stableEnd: 100n,
      producerId: 4_001n,
      producerEpoch: 2,
      firstOffset: 100n,
      since: new Date(at.getTime() - 90_500).toISOString(),
      ageMs: 90_500,
      transactionalId: 'billing-3',
      transactionState: 'CompleteAbort',
      transactionStartedAt: null,
      transactionTimeoutMs: 60_000,
      next: 'kafka-transactions.sh --bootstrap-server east:9092 abort --topic orders --partition 1 --start-offset 100',
      why: null,
    },
  ]
  expectGolden('lag-held-back.txt', renderHeldBack(heldBack))
  const err: string[] = []
  warnOfHeldBack({ heldBack }, { io: { err: (text: string) => err.push(text) } as unknown as Io })
  expectGolden('lag-held-back-err.txt', err.join(''))
  const missed: string[] = []
  const stopped = { ...mirror('stopped', { state: 'STOPPED', stoppedBy: 'failover' }, [[7n, 7n]]), ...(stale[0]?.tombstones === undefined ? {} : { tombstones: stale[0].tombstones }) } // prettier-ignore
  warnOfMissed(missedOfMirrors([...stale, stopped], at), { err: (text) => missed.push(text) })
  expectGolden('missed-tombstones-err.txt', missed.join(''))
  expectGolden('lag-groups-objectives.txt', renderGroupLag(groupLagRows(seen, at, limits), style, 'lastStableOffset'))
  expectGolden(
    'lag-json.txt',
    jsonDocument('georep.lag/1', {
      observedAt: at.toISOString(),
      sourceEndIs: 'highWatermark',
      groupEndIs: 'highWatermark',
      partitions: rows,
      heldBack,
      missedTombstones: missedOfMirrors(stale, at),
      groups: groupRows,
      unknownGroups: [{ link: 'east-west', group: 'billing', why: 'needs Describe on group "billing"' }],
      leftOut: { partitions: 0, groups: 0 },
      unknownLinks: [],
      unasked: [],
      gate: lagGate(30_000, [{ what: 'orders/1 of link east-west', status: 'LAGGING', lagMs: 90_000, isFuture: false, why: undefined }], []), // prettier-ignore
    }),
  )
})
