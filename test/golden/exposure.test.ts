import { expect, it } from 'vitest'
import { exposureView, isUndetermined } from '../../src/cli/exposure/view.ts'
import type { Exposed, MissingInPartition } from '../../src/cli/exposure/look.ts'
import { renderExposure } from '../../src/cli/exposure/render.ts'
import type { GroupsOnLink } from '../../src/cli/groups-after-failover.ts'
import { jsonDocument } from '../../src/cli/json.ts'
import { renderAfterFailover, withAfterFailover } from '../../src/cli/lag/after-failover.ts'
import { lagDocument } from '../../src/cli/lag/document.ts'
import { groupLagRows } from '../../src/cli/lag/group-rows.ts'
import { failoverView, renderFailoverPlan } from '../../src/cli/mirror/failover-view.ts'
import { offsetRows, renderOffsetShow } from '../../src/cli/offset/show-view.ts'
import { styleOf } from '../../src/cli/style.ts'
import type { Commit } from '../../src/core/after-failover.ts'
import type { Loss } from '../../src/core/loss.ts'
import { offset, type Offset } from '../../src/core/offset.ts'
import { identicalOffsets } from '../../src/core/offset-mapping.ts'
import { openMirrors, type LinkView, whySourceSilent } from '../../src/engines/engine.ts'
import type { PlaceOnBothSides, StatesOfGroup } from '../../src/links/both-sides.ts'
import { at, failoverPlan, healthy, link, sourceDead, target } from '../support/links.ts'
import { expectGolden } from './golden.ts'

// What offset show, lag --after-failover, exposure and a failover's dry run print of the same link, from views that are fixed here.

const style = styleOf({ hasColor: false })
const committed = (value: bigint | undefined): Commit => (value === undefined ? { kind: 'none' } : { kind: 'at', offset: offset(value) }) // prettier-ignore
const log = (start: bigint, end: bigint): { readonly start: Offset; readonly end: Offset } => ({ start: offset(start), end: offset(end) }) // prettier-ignore

/** In orders/1, where the source has 118 records and the mirror 100 of them, retention having taken 10. */
function place(group: string, source: bigint | undefined, destination: bigint | undefined, more: Partial<PlaceOnBothSides> = {}): PlaceOnBothSides {
  return {
    group,
    topic: 'orders',
    mirrorTopic: 'orders',
    partition: 1,
    source: committed(source),
    destination: committed(destination),
    sourceLog: log(0n, 118n),
    mirrorLog: log(10n, 100n),
    ...more,
  }
} // prettier-ignore

const places = [
  place('orders-app', 100n, 100n),
  place('orders-app', 120n, 90n, { partition: 0, mirrorLog: log(0n, 120n), sourceLog: log(0n, 120n) }),
  place('orders-late', 3n, 3n),
  place('orders-ahead', 118n, 110n),
  place('orders-new', 50n, undefined),
  place('orders-odd', undefined, 60n),
  place('billing', undefined, undefined, { source: { kind: 'unknown', why: 'needs Describe on group "billing"' }, destination: committed(70n) }), // prettier-ignore
]
const states = new Map<string, StatesOfGroup>([
  ['orders-app', { source: 'Stable', destination: 'Empty' }],
  ['orders-late', { source: 'Empty', destination: 'Empty' }],
  ['orders-new', { source: 'Stable', destination: undefined }],
])

function groupsOf(view: LinkView, rest: Partial<GroupsOnLink> = {}): GroupsOnLink {
  const { mirrors } = view
  return { link: 'east-west', silent: whySourceSilent(view), mirrors, mapping: identicalOffsets, places, states, unknown: [], ...rest } // prettier-ignore
}

const gone: Commit = { kind: 'unknown', why: 'the source does not answer' }
const withSourceDead = groupsOf(sourceDead, {
  states: new Map([['orders-app', { source: undefined, destination: 'Empty' }]]),
  places: [
    ...places.map((one) => ({ ...one, source: gone, sourceLog: undefined })),
    place('orders-app', undefined, 2n, { topic: 'old', mirrorTopic: 'old', partition: 0, source: gone, sourceLog: undefined, mirrorLog: log(0n, 7n) }), // prettier-ignore
  ],
})
const denied = { side: 'destination', group: 'billing', why: 'needs Describe on group "billing"' } as const

it('offset show', () => {
  const rows = offsetRows([groupsOf(healthy)], at)
  expectGolden('offset-show.txt', renderOffsetShow(rows, style))
  expectGolden('offset-show-source-dead.txt', renderOffsetShow(offsetRows([withSourceDead], at), style))
  const unknownGroups = [{ link: 'east-west', ...denied }]
  expectGolden('offset-show-json.txt', jsonDocument('georep.offset-show/1', { offsets: rows, unknownGroups, unknownLinks: [], unasked: [] })) // prettier-ignore
})

it('lag --after-failover', () => {
  const seen = [groupsOf(healthy)]
  expectGolden(
    'lag-after-failover.txt',
    renderAfterFailover(seen, style, (rows) => rows),
  )
  const position = { group: 'orders-app', topic: 'orders', partition: 0, committed: offset(120n), log: log(0n, 120n), next: undefined, why: undefined } // prettier-ignore
  const positions = [position, { ...position, group: 'not-looked-at' }]
  const rows = groupLagRows([{ link: 'east-west', from: 'source', silent: undefined, positions, unknown: [], mirrors: healthy.mirrors }], at) // prettier-ignore
  expect(withAfterFailover(rows, undefined)).toBe(rows)
  const nothing = {
    observed: { links: [], unasked: [] },
    rows: [],
    heldBack: [],
    missedTombstones: [],
    groups: [],
    unmatched: [],
    gate: undefined,
  } as const
  const lag = { ...nothing, observedAt: at, groupRows: rows, groupEndIs: 'highWatermark', after: seen } as const
  expectGolden('lag-after-failover-json.txt', lagDocument('json', lag, { top: undefined, mirrorsOnly: false, watch: undefined })) // prettier-ignore
})

function exposedBy(view: LinkView, groups: GroupsOnLink, rest: Partial<Exposed> = {}): Exposed {
  const ago = { orders: 41_200, payments: 2_000 }
  const partitions = openMirrors(view.mirrors).flatMap((mirror) =>
    mirror.partitions.map((partition): MissingInPartition => {
      const { loss, mirrored: from } = partition
      const lostAlready: Loss = view.isSourceReachable ? { kind: 'exact', records: 0n } : { kind: 'unknown', why: 'where the log of the source begins was not read' } // prettier-ignore
      if (loss.kind !== 'exact' || loss.records === 0n)
        return { mirror, partition, lostAlready, from: undefined, next: undefined }
      const timestampMs = BigInt(at.getTime() - ago[mirror.record.sourceTopic === 'orders' ? 'orders' : 'payments'])
      return { mirror, partition, lostAlready, from, next: { timestampMs, method: 'exact', isLogAppendTime: false } }
    }),
  )
  return { target, seen: view, partitions, bytes: { kind: 'exact', bytes: 12_345n }, groups, ...rest }
}

const why = 'only 64 MiB of them were read'
const unmirrored = [{ what: 'topic orders-keyed', why: 'it is not mirrored: it is compacted' }]
const cut = exposedBy(healthy, groupsOf(healthy, { unknown: [denied] }), { bytes: { kind: 'atLeast', bytes: 67_108_864n, about: 100_000_000n, why } }) // prettier-ignore
const dead = exposedBy(sourceDead, withSourceDead, { bytes: { kind: 'unknown', why: 'the source does not answer' } })
const even = { ...healthy, mirrors: healthy.mirrors.slice(0, 1).map((mirror) => ({ ...mirror, partitions: mirror.partitions.slice(0, 1) })) } // prettier-ignore
const nothing = exposedBy(even, groupsOf(even, { places: places.slice(0, 1) }), { bytes: { kind: 'exact', bytes: 0n } })

/** Retention has taken 40 offsets of one partition that is not behind any more, and 3 of one that is. */
const taken = {
  ...cut,
  partitions: cut.partitions.map((one, index) => ({ ...one, lostAlready: { kind: 'exact', records: [0n, 3n, 40n][index] ?? 0n } }) as const), // prettier-ignore
}

it('exposure', () => {
  const views = [
    exposureView(exposedBy(healthy, groupsOf(healthy)), [], at),
    exposureView(cut, unmirrored, at),
    exposureView(dead, [], at),
    exposureView(nothing, [], at),
    exposureView(taken, [], at),
  ]
  expectGolden('exposure.txt', views.map((view) => renderExposure(view, style, { all: true })).join('\n'))
  expectGolden('exposure-json.txt', jsonDocument('georep.exposure/1', { links: views, unknownLinks: [], unasked: [] }))
  expect(views.map(isUndetermined)).toEqual([true, true, true, false, true])
  expect(views[3]).toMatchObject({ records: { kind: 'exact', records: 0n }, oldest: null, rereads: { kind: 'exact' } })
})

it('without the source, and with nothing that was copied, not even how many groups there are is known, nor when a source without open mirrors was seen', () => {
  const none = { places: [], states: new Map() }
  const shown = renderExposure(exposureView(exposedBy(sourceDead, groupsOf(sourceDead, none)), [], at), style, { all: true }) // prettier-ignore
  expect(shown).toMatch(/^Read again: +an unknown number of records, by an unknown number of groups$/m)
  const stopped = { ...sourceDead, mirrors: [] }
  const empty = renderExposure(exposureView(exposedBy(stopped, groupsOf(stopped, none)), [], at), style, { all: true })
  expect(empty).toMatch(/^Source: +east, does not answer$/m)
})

it('a record whose time is of the future is not taken for one that was just written', () => {
  const seen = exposedBy(healthy, groupsOf(healthy, { places: places.slice(0, 1) }))
  const later = (hours: number, isAll: boolean): Exposed => {
    const next = {
      timestampMs: BigInt(at.getTime() + hours * 3_600_000),
      method: 'exact',
      isLogAppendTime: false,
    } as const
    const partitions = seen.partitions.map((one) => (one.next === undefined || (!isAll && one.mirror.record.sourceTopic === 'orders') ? one : { ...one, next })) // prettier-ignore
    return { ...seen, partitions }
  }
  const reason = 'the time of its next record is of the future'
  const all = exposureView(later(6, true), [], at)
  expect(all.age).toEqual({ kind: 'unknown', ms: null, why: reason })
  expect(all.oldest).toMatchObject({ isFuture: true })
  expect(isUndetermined(all)).toBe(true)
  expect(renderExposure(all, style, { all: true })).toContain('of unknown age')
  // Others are as old as they are, at least.
  expect(exposureView(later(6, false), [], at).age).toEqual({ kind: 'atLeast', ms: 41_200, why: reason })
})

it('bytes of which not all were read are no reason to say that nothing was determined', () => {
  const groups = groupsOf(healthy, { places: places.slice(0, 1) })
  const view = exposureView(exposedBy(healthy, groups, { bytes: cut.bytes }), [], at)
  expect(view.bytes).toEqual({ kind: 'atLeast', bytes: 67_108_864n, about: 100_000_000n, why })
  expect(isUndetermined(view)).toBe(false)
})

it('with the source dead, and no group to be seen on the destination, what is read again is unknown', () => {
  const view = exposureView({ ...dead, groups: { ...withSourceDead, places: [] } }, [], at)
  expect([view.rereads.kind, view.skips.kind, view.groupsSeen]).toEqual(['unknown', 'unknown', 0])
})

it("a failover's dry run has the same figures", () => {
  const rest = { now: at, refusals: [], next: 'georep mirror failover --link east-west --all', results: undefined }
  const exposure = exposureView(exposedBy(healthy, groupsOf(healthy)), [], at)
  const view = failoverView(failoverPlan(healthy), target, { ...rest, exposure })
  expect(view.exposure).toBe(exposure)
  expectGolden('mirror-failover-dry-run.txt', renderFailoverPlan(view, style))
  expect(link.name).toBe(view.link)
})
