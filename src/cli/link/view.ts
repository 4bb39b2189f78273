import { totalLoss } from '../../core/loss.ts'
import type { LinkStateName, LinkView, RunnerView } from '../../engines/engine.ts'
import { lossView, type LossView } from '../figures.ts'
import {
  mirrorRow,
  patternRows,
  unmirroredRows,
  type MirrorRow,
  type PatternRow,
  type UnmirroredRow,
} from '../mirror/view.ts'
import type { ObservedLink } from '../observed.ts'
import type { Paint, Style } from '../style.ts'
import { protectRow, type LinkProtection, type ProtectRow } from './protect-view.ts'
import { connectRow, type ConnectRow } from './connect-view.ts'

/** One link as documents show it. What could not be found out is null. */
export interface LinkRow {
  readonly link: string
  readonly engine: string
  /** `refusal`: why one that answers cannot be asked. */
  readonly source: {
    readonly name: string
    readonly clusterId: string
    readonly isReachable: boolean | null
    readonly refusal: string | null
  }
  readonly destination: { readonly name: string; readonly clusterId: string }
  readonly state: LinkStateName | null
  readonly runner: RunnerView | null
  readonly groups: readonly string[]
  readonly patterns: readonly PatternRow[]
  /** Topics that match a pattern and have no mirror; null when it could not be asked. */
  readonly unmirrored: readonly UnmirroredRow[] | null
  /** Null while it is not paused. */
  readonly pausedAt: string | null
  /** Of what its runner carries, all mirrors together; null for no limit. */
  readonly throttleBytesPerSecond: number | null
  /** Patterns of topic settings that are not copied. */
  readonly syncConfigsExclude: readonly string[]
  /** When a runner compared settings and partition counts of all topics last; null when none did, or it could not be asked. */
  readonly syncedAt: string | null
  /** ACLs that its runner brings over, by patterns of the names that they are about; null when it brings over none. What stands in the way is null when it could not be asked. */
  readonly syncAcls: {
    readonly resources: readonly string[]
    readonly syncedAt: string | null
    readonly unsynced: readonly string[] | null
  } | null
  /** Others than this principal are denied Write on its mirrors. Null when nobody is. */
  readonly protect: ProtectRow | null
  /** Groups whose offsets are not copied, as they have members on the destination: the first by name, and how many. Null when the runner found none. */
  readonly leftGroups: { readonly groups: readonly string[]; readonly count: number; readonly at: string } | null
  readonly createdAt: string
  readonly mirrors: readonly MirrorRow[] | null
  /** Over all mirrors that are not stopped; null without one, or when it could not be asked. */
  readonly lag: LossView | null
  /** Null where a runner carries it, or when it could not be asked. */
  readonly connect: ConnectRow | null
}

export function linkView(observed: ObservedLink, now: Date, protection?: LinkProtection): LinkRow {
  const link = observed.kind === 'observed' ? observed.view.link : observed.link
  const view = observed.kind === 'observed' ? observed.view : undefined
  return {
    link: link.name,
    engine: link.engine,
    source: { ...link.source, isReachable: view?.isSourceReachable ?? null, refusal: view?.sourceRefusal ?? null },
    destination: link.destination,
    state: view?.state ?? null,
    runner: view?.runner ?? null,
    groups: link.groups,
    patterns: patternRows({ link }),
    unmirrored: view === undefined ? null : unmirroredRows(view),
    pausedAt: link.pausedAt,
    throttleBytesPerSecond: link.throttleBytesPerSecond,
    syncConfigsExclude: link.syncConfigsExclude,
    syncedAt: view?.syncedAt ?? null,
    syncAcls: link.syncAcls === null ? null : { ...link.syncAcls, syncedAt: view?.aclSync?.syncedAt ?? null, unsynced: view?.aclSync?.unsynced ?? null }, // prettier-ignore
    protect: link.protect === null && protection === undefined ? null : protectRow(link.protect, protection),
    leftGroups: leftGroupsRow(view),
    createdAt: link.createdAt,
    mirrors: view?.mirrors.map((mirror) => mirrorRow(mirror, now)) ?? null,
    lag: view === undefined ? null : lagOf(view),
    connect: view?.connect === undefined ? null : connectRow(view.connect, now),
  }
}

function leftGroupsRow(view: LinkView | undefined): LinkRow['leftGroups'] {
  if (view?.leftGroups === undefined) return null
  const { groups, count, at } = view.leftGroups
  return { groups, count, at }
}

function lagOf({ mirrors }: LinkView): LossView | null {
  const open = mirrors.filter(({ state }) => state.state !== 'STOPPED')
  if (open.length === 0) return null
  return lossView(totalLoss(open.flatMap(({ partitions }) => partitions.map(({ loss }) => loss))))
}

export function paintOfLinkState(state: LinkStateName | null, style: Style): Paint {
  if (state === 'ACTIVE') return style.ok
  return state === 'DEGRADED' || state === 'FAILED' ? style.bad : style.warn
}
