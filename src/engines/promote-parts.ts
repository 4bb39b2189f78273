import { GeorepError } from '../core/errors.ts'
import { lossOf, totalLoss } from '../core/loss.ts'
import { offset } from '../core/offset.ts'
import type { MirrorRecord } from '../links/records.ts'
import { Lineage } from './lineage.ts'
import type { Cancel, LinkTarget, PromotePlan, PromoteResult, Stopped } from './engine.ts'
import { sourceEndsOf } from './source-ends.ts'
import { placesOf } from './stopped-places.ts'

export const fencingText = {
  acl: 'fencing the source by ACLs',
  hook: "fencing the source by the operator's command",
  none: 'the source is not fenced: its producers are taken to be stopped',
} as const

/** The mirrors of the plan as they are now that nobody else acts on the link. */
export function openNow({ state, link }: LinkTarget, plan: PromotePlan): readonly MirrorRecord[] {
  const wanted = plan.mirrors.filter(({ record }) => record.state.state !== 'STOPPED').map(({ record }) => record)
  const names = new Set(plan.mirrors.map(({ record }) => record.mirrorTopic))
  const now = wanted.map(({ mirrorTopic }) => state.mirror(link.name, mirrorTopic))
  const isAsPlanned = now.every(
    (record, index) => record !== undefined && record.state.state === wanted[index]?.state.state,
  )
  const isNew = plan.isAll && state.mirrors(link.name).some(({ mirrorTopic }) => !names.has(mirrorTopic))
  if (isAsPlanned && !isNew) return now.filter((record) => record !== undefined)
  throw new GeorepError(
    'conflict',
    'GR-PLAN-STALE',
    `the mirrors of link "${link.name}" are not as they were planned`,
    {
      stateNow: 'somebody else has acted on the link meanwhile; nothing was changed',
      next: `georep mirror list --link ${link.name}, then the same command again`,
    },
  )
}

export function unchanged({ mirrorTopic, state }: MirrorRecord): Stopped {
  const ends = state.state === 'STOPPED' ? state.ends.map(offset) : undefined
  return { topic: mirrorTopic, outcome: { kind: 'unchanged', why: 'it is STOPPED already' }, ends }
}

/**
 * Compares where each mirror has ended with where the source ends now. Of one that was stopped before, and whose source topic is a mirror itself by now, that
 * tells nothing: what came to it was carried there.
 */
export async function verified(
  target: LinkTarget,
  stopped: readonly Stopped[],
  records: readonly MirrorRecord[],
  options: Cancel,
): Promise<readonly PromoteResult[]> {
  const read = await sourceEndsOf(target, stopped, records, options)
  const lineage = new Lineage(target)
  const results = await Promise.all(
    stopped.map(async (one): Promise<PromoteResult> => {
      const ends = placesOf(one)
      const source = read.get(one.topic)
      if (ends === undefined || source === undefined)
        return { ...one, sourceEnds: undefined, loss: { kind: 'unknown' } }
      if (source.kind === 'unknown') {
        const outcome = one.outcome.kind === 'unchanged' ? one.outcome : ({ kind: 'unknown', why: source.why } as const)
        return { ...one, outcome, sourceEnds: undefined, loss: { kind: 'unknown' } }
      }
      const loss = totalLoss(
        source.ends.map((end, partition) => lossOf({ offset: end, isCurrent: true }, ends[partition])),
      )
      const sourceTopic = records.find(({ mirrorTopic }) => mirrorTopic === one.topic)?.sourceTopic
      if (one.outcome.kind === 'unchanged' && sourceTopic !== undefined && loss.kind === 'exact' && loss.records > 0n) {
        const { from } = await lineage.of({ clusterId: target.link.source.clusterId, topic: sourceTopic }, options)
        const why = `topic "${sourceTopic}" on cluster "${target.source.name}" is a mirror itself by now`
        if (from.length > 0) return { ...one, sourceEnds: undefined, loss: { kind: 'unknown', why } }
      }
      return { ...one, sourceEnds: source.ends, loss }
    }),
  )
  return results.toSorted((a, b) => (a.topic < b.topic ? -1 : 1))
}
