import { describe, it } from 'vitest'
import { clusterView } from '../../src/cli/figures.ts'
import { jsonDocument } from '../../src/cli/json.ts'
import { lagRows, renderLag } from '../../src/cli/lag/lag-run.ts'
import { renderLinkCreate, type LinkCreateView } from '../../src/cli/link/create-run.ts'
import { renderLinkDescribe } from '../../src/cli/link/describe-run.ts'
import { renderLinkList } from '../../src/cli/link/list-run.ts'
import { linkView } from '../../src/cli/link/view.ts'
import { createdMirrorRow, renderMirrorCreate } from '../../src/cli/mirror/create-view.ts'
import {
  failoverView,
  renderFailoverPlan,
  renderFailoverResults,
  sourceText,
} from '../../src/cli/mirror/failover-view.ts'
import { mirrorRow, renderMirrors } from '../../src/cli/mirror/view.ts'
import { clampView, renderClamp } from '../../src/cli/offset/clamp-view.ts'
import { styleOf } from '../../src/cli/style.ts'
import { offset } from '../../src/core/offset.ts'
import type { FailoverResult, LinkView, MirrorPlan } from '../../src/engines/engine.ts'
import type { ClampOutcome, ClampPlan } from '../../src/links/clamp.ts'
import { at, failoverPlan, healthy, link, sourceDead, target } from '../support/links.ts'
import { expectGolden } from './golden.ts'

// What the verbs of link, mirror, offset and lag print, as tables and as documents, from views that are fixed here.

const style = styleOf({ hasColor: false })
const observed = (view: LinkView): Parameters<typeof linkView>[0] => ({ kind: 'observed', link: view.link, view })
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
    fence: 'permitted',
    next: 'georep link run east-west',
  }
  it('create', () => {
    const views: readonly LinkCreateView[] = [
      view,
      { ...view, outcome: 'planned', fence: 'notPermitted' },
      { ...view, outcome: 'unchanged', groups: [], fence: 'unknown' },
    ]
    expectGolden('link-create.txt', views.map((each) => renderLinkCreate(each, style)).join('\n'))
    expectGolden('link-create-json.txt', jsonDocument('georep.linkCreate/1', view))
  })
  it('list', () => {
    const rows = [observed(healthy), observed(sourceDead), unseen].map((each) => linkView(each, at))
    expectGolden('link-list.txt', renderLinkList(rows, style))
    expectGolden('link-list-json.txt', jsonDocument('georep.links/1', { links: rows, unasked: [] }))
  })
  it('describe', () => {
    expectGolden('link-describe.txt', renderLinkDescribe(linkView(observed(healthy), at), style))
    expectGolden('link-describe-source-dead.txt', renderLinkDescribe(linkView(observed(sourceDead), at), style))
    const empty = linkView(observed({ ...healthy, mirrors: [], runner: undefined, state: 'NO_RUNNER' }), at)
    expectGolden('link-describe-empty.txt', renderLinkDescribe(empty, style))
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
      blockers: [],
    }
    const rows = [
      createdMirrorRow('orders', plan, { kind: 'applied' }),
      createdMirrorRow(
        'payments',
        { ...plan, recordsToCopy: 7n },
        { kind: 'unchanged', why: 'it is a mirror already, ACTIVE' },
      ),
      createdMirrorRow('missing', undefined, {
        kind: 'refused',
        why: 'topic "missing" does not exist on cluster "east"',
      }),
    ]
    expectGolden('mirror-create.txt', renderMirrorCreate(rows, style))
    expectGolden(
      'mirror-create-json.txt',
      jsonDocument('georep.mirrorCreate/1', { link: 'east-west', isDryRun: false, mirrors: rows }),
    )
  })
  it('list', () => {
    const rows = [...healthy.mirrors, ...sourceDead.mirrors].map((each) => mirrorRow(each, at))
    expectGolden('mirror-list.txt', renderMirrors(rows, style))
    expectGolden(
      'mirror-list-json.txt',
      jsonDocument('georep.mirrors/1', { mirrors: rows, unknownLinks: [], unasked: [] }),
    )
  })
  it('failover: before, after, and where it was left half way', () => {
    const dead = { ...sourceDead, mirrors: sourceDead.mirrors.filter(({ state }) => state.state !== 'PENDING') }
    const rest = { now: at, refusals: [], next: 'georep offset clamp --link east-west', results: undefined }
    const plans = [failoverPlan(healthy), failoverPlan(dead, { fence: 'notPermitted' }), failoverPlan(sourceDead)]
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
    ]
    const after = failoverView(failoverPlan(dead), target, { ...rest, results })
    expectGolden(
      'mirror-failover-after.txt',
      `${renderFailoverResults(after.results ?? [], style)}${sourceText(after)}\n`,
    )
    expectGolden('mirror-failover-json.txt', jsonDocument('georep.failover/1', after))
  })
})

it('offset clamp', () => {
  const change = { topic: 'orders', logStart: offset(5n), logEnd: offset(10n) }
  const plan: ClampPlan = {
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
      { group: 'orders-odd', compared: 0, changes: [], blocker: { kind: 'unknown', why: 'no leader' } },
    ],
  }
  const outcomes: readonly ClampOutcome[] = [
    { group: 'billing', outcome: { kind: 'unchanged', why: 'every commit lies inside the log' } },
    { group: 'orders-app', outcome: { kind: 'applied' } },
    { group: 'orders-live', outcome: { kind: 'refused', why: 'it has members (Stable); stop its consumers' } },
    { group: 'orders-odd', outcome: { kind: 'unknown', why: 'no leader' } },
  ]
  expectGolden('offset-clamp.txt', renderClamp(clampView(target, plan, [], undefined), style))
  expectGolden('offset-clamp-applied.txt', renderClamp(clampView(target, plan, [], outcomes), style))
  expectGolden('offset-clamp-json.txt', jsonDocument('georep.clamp/1', clampView(target, plan, ['payments'], outcomes)))
})

it('lag', () => {
  const rows = lagRows([...healthy.mirrors, ...sourceDead.mirrors], at)
  expectGolden('lag.txt', renderLag(rows, style))
  expectGolden(
    'lag-json.txt',
    jsonDocument('georep.lag/1', { sourceEndIs: 'highWatermark', partitions: rows, unknownLinks: [], unasked: [] }),
  )
})
