import { gateOf } from '../../src/cli/lag/gate.ts'
import { groupLagRows, type GroupsSeen } from '../../src/cli/lag/group-rows.ts'
import type { LagSeen } from '../../src/cli/lag/lag-seen.ts'
import { lagRows } from '../../src/cli/lag/lag-run.ts'
import type { Limits } from '../../src/cli/lag/limits.ts'
import { missedOfMirrors } from '../../src/cli/missed-tombstones.ts'
import { limitFinder } from '../../src/core/lag-objectives.ts'
import type { NextUnread } from '../../src/core/next-unread.ts'
import { offset } from '../../src/core/offset.ts'
import type { LinkView, MirrorView } from '../../src/engines/engine.ts'
import type { KnownUnread } from '../../src/links/mirror-ages.ts'
import type { GroupPosition } from '../../src/links/group-positions.ts'
import { at, healthy, link, mirror, sourceDead } from './links.ts'

/** As it may be, where nobody asks who names it. */
export const oddGroup = 'odd "group" \\ <&> \n# HELP x'

export function unreadSince(ageMs: number): NextUnread {
  return { timestampMs: BigInt(at.getTime() - ageMs), method: 'exact', isLogAppendTime: false }
}

/** Objectives of georep.yaml: 30 s for all but orders (5 s) and billing-* (10 s). */
export const objectives: Limits = limitsOf({
  lagMs: 30_000,
  topics: [{ glob: 'orders', lagMs: 5_000 }],
  groups: [{ glob: 'billing-*', lagMs: 10_000 }],
})

export function limitsOf(found: Parameters<typeof limitFinder>[0]): Limits {
  const ofGroup = limitFinder(found, 'groups')
  return { limitMs: null, ofMirror: limitFinder(found, 'topics'), ofGroup: (group) => ofGroup(group ?? '') }
}

export function limitOfAll(ms: number): Limits {
  const limit = { ms, objective: undefined }
  return { limitMs: ms, ofMirror: () => limit, ofGroup: () => limit }
}

/**
 * One link whose source answers: mirrors of orders (caught up, and 7 s behind) and of payments (7 s behind); groups that have read all, are 20 s behind, have
 * no commit, are past the end, lost records, and one that could not be asked.
 */
export function lagSeen(limits?: Limits): LagSeen {
  const orders = mirror('orders', { state: 'ACTIVE' }, [[120n, 120n], [118n, 100n]]) // prettier-ignore
  const payments = mirror('payments', { state: 'ACTIVE' }, [[9_223_372_036_854_775_807n, 9_223_372_036_854_775_800n]])
  const old = mirror('old', { state: 'STOPPED', stoppedBy: 'failover' }, [[3n, 3n]])
  const unread = new Map<MirrorView, KnownUnread>([
    [orders, new Map([['orders/1', new Map([[100n, unreadSince(7_000)]])]])],
    [payments, new Map([['payments/0', new Map([[9_223_372_036_854_775_800n, unreadSince(7_000)]])]])],
  ])
  const position = (group: string, committed: bigint | undefined, more: Partial<GroupPosition> = {}): GroupPosition => ({ group, topic: 'orders', partition: 1, committed: committed === undefined ? undefined : offset(committed), log: { start: offset(10n), end: offset(118n) }, next: undefined, why: undefined, ...more }) // prettier-ignore
  const positions = [
    position('done', 118n),
    position('billing-eu', 100n, { next: unreadSince(20_000) }),
    position('slow', 110n, { next: unreadSince(20_000) }),
    position(oddGroup, 117n, { next: unreadSince(-5_000) }),
    position('none', undefined),
    position('ahead', 120n),
    position('late', 3n, { next: unreadSince(90_500) }),
  ]
  const groups = [{ link: link.name, from: 'source', silent: undefined, positions, unknown: [{ group: 'denied', why: 'needs Describe on group "denied"' }], mirrors: [orders] }] as const // prettier-ignore
  return seenOf({ ...healthy, mirrors: [orders, payments, old] }, groups, unread, limits)
}

/** The same link with its source dead. */
export function lagSeenOfDeadSource(limits?: Limits): LagSeen {
  const position: GroupPosition = { group: 'copied', topic: 'orders', partition: 1, committed: offset(90n), log: undefined, next: undefined, why: undefined } // prettier-ignore
  const groups = [{ link: link.name, from: 'destination', silent: 'the source does not answer', positions: [position], unknown: [], mirrors: sourceDead.mirrors }] as const // prettier-ignore
  return seenOf(sourceDead, groups, new Map(), limits)
}

function seenOf(
  view: LinkView,
  groups: readonly GroupsSeen[],
  unread: ReadonlyMap<MirrorView, KnownUnread>,
  limits: Limits | undefined,
): LagSeen {
  const observed = { links: [{ kind: 'observed', link, view }], unasked: [] } as const
  const rows = lagRows(view.mirrors, at, unread, limits)
  const groupRows = groupLagRows(groups, at, limits)
  const gate = limits === undefined ? undefined : gateOf(limits, rows, observed, undefined, { rows: groupRows, seen: groups }) // prettier-ignore
  return {
    observedAt: at,
    observed,
    rows,
    heldBack: [],
    missedTombstones: missedOfMirrors(view.mirrors, at),
    groups,
    unmatched: [],
    groupRows,
    gate,
    groupEndIs: 'highWatermark',
    after: undefined,
  }
}
