import { messageOf } from '../core/errors.ts'
import { type Doubt, doubtOf, lossIfDoubted, type Loss, lossOf, totalLoss } from '../core/loss.ts'
import type { Offset } from '../core/offset.ts'
import { isAborted, withDeadline } from '../core/time.ts'
import type { FailoverResult } from '../engines/engine.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import { logBounds } from '../kafka/offsets.ts'
import { partitionKey } from '../kafka/topic-partition.ts'
import { canaryNames } from './canary-names.ts'
import type { DrillSettings, DrillSite } from './site.ts'

const observeTimeoutMs = 5_000
const reconcileTimeoutMs = 20_000
const againMs = 200

interface Cancel {
  readonly signal: AbortSignal
}

/** Ends of the source's logs, by source topic, in the order of partitions. */
export type SourceEnds = ReadonlyMap<string, readonly (Offset | undefined)[]>

/** A mirror that is not the canary's: real records, of which georep did not write one. */
export interface OtherMirror {
  readonly topic: string
  /** By the engine, at the failover: from what a runner last knew of the source when that did not answer. */
  readonly loss: Loss
  /** Against the ends of the source that were read just before the fault: there may be more, which came in between. */
  readonly atFault: Loss
  /** Against the ends of the source when it was back and took no more canary records; undefined when it did not come back. */
  readonly reconciled: Loss | undefined
  readonly unreconciledWhy: string | undefined
}

/** The ends of every mirrored source topic, as they are now; empty when they could not be read in time. */
export async function readSourceEnds(site: DrillSite, settings: DrillSettings, options: Cancel): Promise<SourceEnds> {
  const { target } = site
  const own = canaryNames(settings.runId).topic
  const signal = withDeadline(options.signal, observeTimeoutMs)
  try {
    await target.state.refresh({ signal, link: target.link.name })
    const mirrors = target.state.mirrors(target.link.name).filter(({ mirrorTopic }) => mirrorTopic !== own)
    return await endsOf(site, mirrors, signal)
  } catch (error) {
    if (isAborted(options.signal)) throw error
    return new Map()
  }
}

/** What became of the mirrors that failed over with the canary's. */
export function otherMirrors(
  site: DrillSite,
  settings: DrillSettings,
  results: readonly FailoverResult[],
  seen: { readonly beforeFault: SourceEnds; readonly afterwards: SourceEnds | string | undefined },
): readonly OtherMirror[] {
  const own = canaryNames(settings.runId).topic
  const { state, link } = site.target
  return results
    .filter(({ topic }) => topic !== own)
    .map(({ topic, loss, ...result }) => {
      const ends = site.engine.capabilities.offsetMapping === 'identical' ? result.ends : result.sourcePlaces
      const source = state.mirror(link.name, topic)?.sourceTopic ?? topic
      const { beforeFault, afterwards } = seen
      const isRead = afterwards !== undefined && typeof afterwards !== 'string'
      const hasFailed = state.failure(link.name, topic) !== undefined
      const against = (sourceEnds: SourceEnds, isCurrent: boolean): Loss =>
        lossAgainst(sourceEnds.get(source), ends, isCurrent, (...both) => (result.arePlacesLate === true ? 'LATE' : doubtOf(...both, { hasFailed }))) // prettier-ignore
      return {
        topic,
        loss,
        atFault: against(beforeFault, false),
        reconciled: isRead ? against(afterwards, true) : undefined,
        unreconciledWhy: isRead ? undefined : (afterwards ?? 'the source was not brought back'),
      }
    })
}

/** The source's ends when it is back; why not, when they could not be read in time. */
export async function reconcile(
  site: DrillSite,
  settings: DrillSettings,
  options: Cancel,
): Promise<SourceEnds | string> {
  const own = canaryNames(settings.runId).topic
  const { target, time } = site
  const mirrors = target.state.mirrors(target.link.name).filter(({ mirrorTopic }) => mirrorTopic !== own)
  const signal = withDeadline(options.signal, reconcileTimeoutMs)
  let why = 'the source did not answer'
  while (!isAborted(signal)) {
    try {
      const ends = await endsOf(site, mirrors, signal)
      if ([...ends.values()].every((one) => !one.includes(undefined))) return ends
    } catch (error) {
      why = messageOf(error)
    }
    await time.wait(againMs, signal).catch(() => undefined)
  }
  options.signal.throwIfAborted()
  return why
}

async function endsOf(
  { target }: DrillSite,
  mirrors: readonly { readonly sourceTopic: string; readonly mirrorTopic: string }[],
  signal: AbortSignal,
): Promise<SourceEnds> {
  const names = mirrors.map(({ sourceTopic }) => sourceTopic)
  if (names.length === 0) return new Map()
  const { topics } = await target.source.metadata(names, { signal })
  const wanted = names.flatMap((topic) =>
    (topics.get(topic)?.partitions ?? []).map((_, partition) => ({ topic, partition })),
  )
  const bounds = await logBounds(target.source, wanted, 'highWatermark', { signal })
  return new Map(
    names.map((topic) => [
      topic,
      wanted
        .filter((one) => one.topic === topic)
        .map((one) => {
          const end = bounds.get(partitionKey(one))
          return end === undefined || end instanceof BrokerError ? undefined : end
        }),
    ]),
  )
}

/** Of a source and of its mirror, of one partition. */
type Ends = readonly [Parameters<typeof doubtOf>[0], Parameters<typeof doubtOf>[1]]

function lossAgainst(
  source: readonly (Offset | undefined)[] | undefined,
  mirrored: readonly (Offset | undefined)[] | undefined,
  isCurrent: boolean,
  doubt: (...ends: Ends) => Doubt | undefined,
): Loss {
  if (source === undefined || source.length === 0 || mirrored === undefined) return { kind: 'unknown' }
  return totalLoss(
    source.map((offset, partition) => {
      const [sourceEnd, end] = [offset === undefined ? undefined : { offset, isCurrent }, mirrored[partition]]
      return lossIfDoubted(lossOf(sourceEnd, end), doubt(sourceEnd, end))
    }),
  )
}
