import type { OwnAcls } from '../core/acl-compare.ts'
import type { Outcome } from '../core/outcome.ts'
import type { LinkRecord, MirrorRecord, TopicPattern } from '../links/records.ts'
import type { Act } from '../links/session.ts'
import type { Cancel, LinkPlan, LinkRequest, LinkTarget } from './target.ts'
import type { RunOptions } from './running.ts'
import type { Altered, LinkChange, LinkDeletionPlan, MirrorChange, MirrorDeletionPlan, MirrorDetail } from './changes.ts' // prettier-ignore
import type { MirrorPlan, MirrorPlanOptions, TopicMatches } from './mirror-plan.ts'
import type { LinkPair, ReverseAct, ReversePlan } from './reversing.ts'
import type { RebuildAct, RebuildPlan, RebuildResult } from './rebuilding.ts'
import type { SalvageLook } from './salvage.ts'
import type { History, RestoreAct, RestorePlan, RestoreResult } from './restoring.ts'
import type { OwnPlace, PlaceTranslation, SourcePlace, TranslateOptions } from './translating.ts'
import type { LinkView } from './views.ts'
import type { FailoverAct, FailoverPlan, FailoverResult, FenceAct, FencePlan, PromoteAct, PromotePlan, PromoteReport, SourceFence, UnfenceAct } from './stopping.ts' // prettier-ignore

export type {
  HiddenOffsets,
  MirrorAsMade,
  MirrorConfigs,
  MirrorPlan,
  MirrorPlanOptions,
  TopicMatches,
} from './mirror-plan.ts'
export type { Act } from '../links/session.ts'
export type { Blocker, Cancel, LinkClusters, LinkPlan, LinkRequest, LinkTarget } from './target.ts'
export type { ConnectorView, ConnectView, LastTold, TaskView, ToldByTopics } from './connect-view.ts'
export type { ConnectorPlan, ConnectorRequest, ConnectorRole, ConnectorSetting, ConnectorsPlan } from './connectors.ts'
export type { Altered, LinkChange, LinkDeletionPlan, MirrorChange, MirrorDeletionPlan, MirrorDetail, MirrorSetting, Obedience } from './changes.ts' // prettier-ignore
export type { LinkPair, ReverseAct, ReversedPartition, ReversedTopic, ReversePlan } from './reversing.ts'
export { linkBackOf } from './reversing.ts'
export type { AloneIn, RebuildAct, RebuildPlan, RebuildResult, RebuiltTopic } from './rebuilding.ts'
export type { History, NeverArrived, RestoreAct, RestoredTopic, RestorePlan, RestoreResult } from './restoring.ts'
export type { SalvageLook, SalvageStore, SavedPartition } from './salvage.ts'
export { isSourceOpen, openMirrors, runnerUnknownText, whySourceSilent } from './views.ts'
export type { LinkStateName, LinkView, MirrorView, PartitionView, RunnerView, SourceSeen, UnmirroredTopic } from './views.ts' // prettier-ignore
export { isStopKnown } from './stopping.ts'
export type { FailoverAct, FailoverPlan, FailoverResult, FailoverStage, FenceAct, FenceHook, FencePlan, PromoteAct, PromotePlan, PromoteReport, PromoteResult, SourceFence, SourceFencePlan, SourceProducers, Stopped, StopFence, UnfenceAct } from './stopping.ts' // prettier-ignore

/** What moves the bytes. One vocabulary over all engines; what one cannot do is an error that says so. */
export interface ReplicationEngine {
  readonly name: LinkRecord['engine']
  readonly capabilities: {
    /** How a source offset becomes a destination offset: as it is, or by `translate`. */
    readonly offsetMapping: 'identical' | 'mapped'
    /** A `georep link run` process must live for records to move. */
    readonly needsRunner: boolean
    /** The old source of a promoted topic can become its mirror, from the same offset. */
    readonly canReverse: boolean
  }

  /** What a link from source to destination would be, and what stands in its way. Changes nothing. */
  planLink(request: LinkRequest, options: Cancel): Promise<LinkPlan>
  /** @throws GeorepError "refused" when the plan is blocked, "conflict" when the link is held */
  createLink(plan: LinkPlan, by: Act, options: Cancel): Promise<LinkRecord>

  /** What would become of a change of the link: undefined when nothing stands in its way. Changes nothing. */
  planLinkChange(target: LinkTarget, change: LinkChange, options: Cancel): Promise<Outcome | undefined>
  /**
   * Changes a link. What a runner is to do otherwise is done when it says so, or when none lives.
   *
   * @throws GeorepError "conflict" when the link is held
   */
  alterLink(target: LinkTarget, change: LinkChange, by: Act, options: Cancel): Promise<Altered>

  /** Takes the link off: its records in the state topic. Topics and group offsets stay. Plan first, which changes nothing. */
  planLinkDeletion(target: LinkTarget, options: Cancel): Promise<LinkDeletionPlan>
  /** @throws GeorepError "refused" when a runner lives or mirrors are not stopped, unless they are to go with it; "conflict" when the link is held */
  deleteLink(target: LinkTarget, by: Act & { readonly withMirrors: boolean }, options: Cancel): Promise<void>

  /** What a mirror of one topic of the source would be, and what stands in its way. Changes nothing. */
  planMirror(target: LinkTarget, topic: string, options: MirrorPlanOptions): Promise<MirrorPlan>
  /** Source topics that match now, and those of them that have no mirror yet. Changes nothing. */
  matchTopics(target: LinkTarget, pattern: TopicPattern, options: Cancel): Promise<TopicMatches>
  /** @throws GeorepError as createLink */
  createMirror(target: LinkTarget, plan: MirrorPlan, by: Act, options: Cancel): Promise<MirrorRecord>

  /** One mirror with its settings; undefined when the link has none of that topic. Works with the source dead. */
  describeMirror(target: LinkTarget, topic: string, options: Cancel): Promise<MirrorDetail | undefined>

  /** What would become of pausing or resuming each of these mirrors: undefined when nothing stands in its way. Changes nothing. */
  planMirrorsChange(
    target: LinkTarget,
    topics: readonly string[] | 'all',
    change: MirrorChange,
    options: Cancel,
  ): Promise<ReadonlyMap<string, Outcome | undefined>>
  /**
   * Pauses or resumes mirrors. Paused is said of a mirror when its runner has nothing of it under way, or none lives.
   *
   * @returns one result a topic
   * @throws GeorepError "conflict" when the link is held
   */
  alterMirrors(
    target: LinkTarget,
    topics: readonly string[] | 'all',
    change: MirrorChange,
    by: Act,
    options: Cancel,
  ): Promise<ReadonlyMap<string, Altered>>

  /** What taking mirrors off the link would do, and what stands in its way. Changes nothing. */
  planMirrorDeletion(
    target: LinkTarget,
    topics: readonly string[],
    options: Cancel & { readonly withTopics: boolean },
  ): Promise<readonly MirrorDeletionPlan[]>
  /**
   * Takes one mirror off the link, and its topic off the destination when that was planned. Safe to call again: it goes on where it was left.
   *
   * @throws GeorepError "refused" when it is blocked, "conflict" when the link is held, "timedOut" when its runner does not say that it has let go
   */
  deleteMirror(target: LinkTarget, plan: MirrorDeletionPlan, by: Act, options: Cancel): Promise<void>

  /**
   * Carries the link until the signal, or stands by and takes over while another process carries it. Only where `needsRunner`.
   *
   * @throws GeorepError "conflict" when the link was deleted
   */
  run(target: LinkTarget, options: RunOptions, cancel: Cancel): Promise<void>

  /** The link as it is now. Works with the source dead, and says how old its knowledge is. */
  observe(target: LinkTarget, options: Cancel): Promise<LinkView>

  /**
   * Where places of the source are on the destination, and how exactly that is known. Never behind a record that was not read. Works with the source
   * dead, where the mapping of the engine does. Changes nothing.
   *
   * @returns one translation a place, in their order; what cannot be told is unknown, with the reason
   * @throws GeorepError "unreachable" for the destination; DeniedError when `verify` may not read
   */
  translate(
    target: LinkTarget,
    places: readonly SourcePlace[],
    options: TranslateOptions,
  ): Promise<readonly PlaceTranslation[]>

  /**
   * Where the engine has written down, by itself, that groups go on on the destination. Absent of an engine that writes nothing of the kind. Needs the
   * destination alone. Changes nothing.
   *
   * @throws GeorepError "unknown" when that cannot be read; DeniedError when it may not be
   */
  readonly ownPlaces?: (target: LinkTarget, options: Cancel) => Promise<readonly OwnPlace[]>

  /** What the engine does by itself about the source's ACLs. Absent of an engine that copies none. Changes nothing, and works with both clusters dead. */
  readonly ownAcls?: (target: LinkTarget, options: Cancel) => Promise<OwnAcls>

  /** What a failover of these mirrors would do and lose, and what stands in its way. Changes nothing. */
  planFailover(target: LinkTarget, topics: readonly string[] | 'all', options: Cancel): Promise<FailoverPlan>
  /**
   * Stops the mirrors so that the destination's brokers refuse every runner, and opens them for writes. Safe to call again: what was done is
   * found done. Ends at the signal with what was reached until then.
   *
   * @returns one result a topic of the plan
   * @throws GeorepError "conflict" when the link is held
   */
  failover(target: LinkTarget, plan: FailoverPlan, by: FailoverAct, options: Cancel): Promise<readonly FailoverResult[]>

  /** What a planned switch of these mirrors would do, and what stands in its way. Needs both clusters. Changes nothing. */
  planPromote(
    target: LinkTarget,
    topics: readonly string[] | 'all',
    fence: SourceFence['how'],
    options: Cancel,
  ): Promise<PromotePlan>
  /**
   * The planned switch: fences the source, lets the mirrors drain, copies settings and group offsets a last time, stops the mirrors with the
   * destination's fence, and reads both ends again. What is not done when the time is up, or the signal is aborted, before the destination is fenced
   * is taken back: mirrors ACTIVE, source as it was.
   *
   * @throws GeorepError "conflict" when the link is held, taken over, or not as planned; "timedOut", "interrupted" or what else stood in its way when
   *   all was taken back; "incomplete" GR-PROMOTE-NOT-UNDONE when not all was
   */
  promote(target: LinkTarget, plan: PromotePlan, by: PromoteAct, options: Cancel): Promise<PromoteReport>
  /** What keeping producers off these source topics would change, what stands in its way, and where it is done already. Changes nothing. */
  planFence(
    target: LinkTarget,
    topics: readonly string[],
    how: FenceAct['sourceFence']['how'],
    options: Cancel,
  ): Promise<FencePlan>
  /**
   * Keeps producers off source topics of the link, as a promote does first, and leaves the mirrors as they are. Safe to call again: what was done is
   * found done.
   *
   * @returns one outcome a topic
   * @throws GeorepError "conflict" when the link is held; "refused" when the plan is blocked; "unreachable" when the source does not answer
   */
  fence(
    target: LinkTarget,
    topics: readonly string[],
    by: FenceAct,
    options: Cancel,
  ): Promise<ReadonlyMap<string, Outcome>>
  /**
   * Takes back what georep has done to source topics of the link so that they take no writes; a promote that was left in the middle is given up by it.
   *
   * @param topics of the source
   * @returns one outcome a topic; topics that are not fenced are unchanged
   * @throws GeorepError "conflict" when the link is held; "refused" when a promote of one of them has gone too far to be given up
   */
  unfence(
    target: LinkTarget,
    topics: readonly string[],
    by: UnfenceAct,
    options: Cancel,
  ): Promise<ReadonlyMap<string, Outcome>>

  /** Links of the engine that go from the destination of this one back to its source, whatever their names. Needs the source. Only where `canReverse`. */
  linksBack(target: LinkTarget, options: Cancel): Promise<readonly LinkTarget[]>
  /** What sending promoted topics the way back would change, and what stands in its way. Needs both clusters. Changes nothing. Only where `canReverse`. */
  planReverse(pair: LinkPair, topics: readonly string[] | 'all', options: Cancel): Promise<ReversePlan>
  /**
   * Makes the old source of each promoted topic its mirror on the link back, from the offset at which it was stopped: both logs are compared again, and
   * nothing is copied. Frees the old source of what the promote has fenced it by, which would keep the runner out. Safe to call again: what was done is
   * found done.
   *
   * @returns one outcome a topic of the plan
   * @throws GeorepError "conflict" when one of both links is held, or GR-PLAN-STALE; "incomplete" when it was ended in the middle
   */
  reverse(pair: LinkPair, plan: ReversePlan, by: ReverseAct, options: Cancel): Promise<ReadonlyMap<string, Outcome>>

  /**
   * What bringing stopped topics back would change where the logs have parted, and what stands in its way. Needs both clusters. Changes nothing. Only
   * where `canReverse`.
   *
   * @param options.fence what is to keep producers off the old sources that are replaced; undefined when that is not known yet
   * @param options.history how much those are to have
   * @param options.salvage where what they alone have is to be saved: whether that can be had is looked at
   * @throws what the store throws; DeniedError
   */
  planRestore(
    pair: LinkPair,
    topics: readonly string[] | 'all',
    options: Cancel & SalvageLook & { readonly fence: SourceFence['how'] | undefined; readonly history: History },
  ): Promise<RestorePlan>
  /**
   * As `reverse` where the logs have not parted. Where they have, the old source is replaced: producers are kept off, what it alone has is saved, read
   * again and compared, it is deleted, and made anew as the mirror, which begins where the topic that is written to does, or where the logs parted. Safe to call again: it goes
   * on where it was left, and deletes nothing that this call has not compared.
   *
   * @returns one result a topic of the plan
   * @throws GeorepError as `reverse`
   */
  restore(
    pair: LinkPair,
    plan: RestorePlan,
    by: RestoreAct,
    options: Cancel,
  ): Promise<ReadonlyMap<string, RestoreResult>>

  /**
   * What making the topics of mirrors anew would do and lose, and what stands in its way: by both logs what the mirror alone holds. Needs both clusters.
   * Changes nothing. Of an engine with identical offsets only.
   *
   * @param options.salvage where that is to be saved: whether it can be had is looked at
   * @throws GeorepError "unsupported" of another engine; what the store throws; DeniedError
   */
  planRebuild(target: LinkTarget, topics: readonly string[], options: Cancel & SalvageLook): Promise<RebuildPlan>
  /**
   * Deletes the topics of mirrors that are not stopped, and makes them anew from the source; what the mirror alone holds is saved first, or let go where
   * that was said. Only a topic that georep made is deleted: by its id, once its runner has let go of it, and as long as it ends where it was looked at. Safe
   * to call again: it goes on where it was left, and deletes nothing that this call has not compared.
   *
   * @returns one result a topic of the plan
   * @throws GeorepError "conflict" when the link is held, or GR-PLAN-STALE
   */
  rebuild(
    target: LinkTarget,
    plan: RebuildPlan,
    by: RebuildAct,
    options: Cancel,
  ): Promise<ReadonlyMap<string, RebuildResult>>

  /**
   * Takes a stopped mirror off the link. Its topic stays.
   *
   * @returns false when the link has no such mirror
   * @throws GeorepError "refused" when the mirror is not STOPPED, "conflict" when the link is held
   */
  forgetMirror(target: LinkTarget, topic: string, by: Act, options: Cancel): Promise<boolean>
}
