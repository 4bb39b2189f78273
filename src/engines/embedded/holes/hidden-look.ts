import { type Bounds, sumOfBounds } from '../../../core/bounds.ts'
import { withDeadline } from '../../../core/time.ts'
import type { Cluster, TopicMetadata } from '../../../kafka/cluster.ts'
import { BrokerError } from '../../../kafka/error-codes.ts'
import { type StableLogSpan, stableLogSpans } from '../../../kafka/log-spans.ts'
import { partitionKey, partitionsOf } from '../../../kafka/topic-partition.ts'
import type { Cancel } from '../../engine.ts'
import type { HiddenOffsets } from '../../mirror-plan.ts'
import { hiddenOffsetBytes } from './hiding.ts'
import { type Sampled, sampleLogs } from './sample-log.ts'
import { type Hole, SeenLog } from './seen-log.ts'

/** Of so many places each tells of a two-hundredth of the topic: the share that is hidden is known within some hundredths. */
const placesForEstimate = 200
/** One answer tells of as many offsets, or more. */
const leastStep = 100n
/**
 * They bring some 16 KB each, and a whole batch where batches are larger: as a rule not more than 16 MB a topic, which a long way carries in seconds. At half of
 * what is hidden at once apart they reach over five billion offsets. A topic with more partitions has one place in each.
 */
const mostPlaces = 1_000n
/** A hole is found by halves: of five million offsets its beginning is known after 23 of them. */
const mostHalvings = 64
const lookMs = 60_000

export interface PartitionHole extends Hole {
  readonly partition: number
}

export interface HiddenLook extends HiddenOffsets {
  /** Longer than a runner hides at once. */
  readonly holes: readonly PartitionHole[]
}

/**
 * Looks at a source's logs, up to the last stable offsets, for offsets that no consumer sees and that a mirror has to take up: by fetches at places that lie evenly,
 * no further apart than half of what is hidden at once, so that no longer hole escapes them. Where that would be too many, it says that it has not looked everywhere.
 *
 * What was not answered is in `unknown`, and then there is no estimate. Gives up after a minute.
 *
 * @param options.most what is hidden at once
 * @throws DeniedError without Read on the topic; GeorepError "unreachable" when no broker of the cluster answers
 */
export async function lookForHidden(
  source: Cluster,
  topic: TopicMetadata,
  { signal, most }: Cancel & { readonly most: bigint },
): Promise<HiddenLook> {
  const unknown: HiddenOffsets['unknown'][number][] = []
  const spans = await stableLogSpans(source, partitionsOf([topic]), { signal, needs: 'Read' })
  const looked: { readonly span: StableLogSpan; readonly sampled: Sampled }[] = []
  for (const { partition } of topic.partitions) {
    const at = { topic: topic.name, partition }
    const span = spans.get(partitionKey(at))
    if (span === undefined || span instanceof BrokerError) {
      unknown.push({ partition, offset: null, why: span?.message ?? 'no answer' })
      continue
    }
    looked.push({ span, sampled: { ...at, log: new SeenLog(span.start, span.stable), places: [], unknown: [] } })
  }
  const lengths = looked.map(({ span }) => span.stable - span.start)
  const { step, isWhole } = stepOf(lengths, most)
  const placesOf = new Map(looked.map(({ span, sampled }) => [sampled, placesIn(span, step)]))
  const all = looked.map(({ sampled }) => sampled)
  for (const one of all) one.places.push(...(placesOf.get(one) ?? []))
  const deadline = withDeadline(signal, lookMs)
  try {
    const ask = async (): Promise<void> => { await sampleLogs(source, all, { signal: deadline }) } // prettier-ignore
    await ask()
    for (let count = 0; count < mostHalvings && askFor(all, ({ log }) => log.holesBeyond(most).places); count++) await ask() // prettier-ignore
    // An answer ends with its segment, too: what is small is looked at between the places as well.
    while (isSmall(all) && askFor(all, ({ log }) => log.unseen)) await ask()
  } catch (error) {
    signal.throwIfAborted()
    if (!deadline.aborted) throw error
    for (const one of all) for (const offset of one.places.splice(0)) one.unknown.push({ offset, why: `it was not looked at within ${lookMs / 1_000} s` }) // prettier-ignore
  }
  const isTold = unknown.length === 0 && all.every((one) => one.unknown.length === 0)
  const estimates = isTold ? all.map((one) => one.log.estimate(placesOf.get(one) ?? [])) : [undefined]
  const estimate = estimates.reduce<bigint | undefined>((sum, one) => (sum === undefined || one === undefined ? undefined : sum + one), 0n) // prettier-ignore
  const untold: Bounds[] = unknown.map(() => ({ atLeast: 0n, atMost: undefined }))
  return {
    known: sumOfBounds([...all.map(({ log }) => log.hidden), ...untold]),
    estimate,
    bytes: estimate === undefined ? undefined : estimate * hiddenOffsetBytes,
    mostAtOnce: most,
    isWhole: isWhole || (unknown.length === 0 && all.every(({ log }) => log.unseen.length === 0)),
    unknown: [...unknown, ...all.flatMap(({ partition, unknown: own }) => own.map((one) => ({ partition, ...one })))],
    holes: all.flatMap(({ partition, log }) => log.holesBeyond(most).holes.map((one) => ({ partition, ...one }))),
  }
}

/** How far places lie apart, the same in each partition, and whether nothing longer than `most` fits between them. */
function stepOf(lengths: readonly bigint[], most: bigint): { readonly step: bigint; readonly isWhole: boolean } {
  const total = lengths.reduce((sum, one) => sum + one, 0n)
  const surest = atLeast(most / 2n, 1n)
  const wanted = atLeast(total / BigInt(placesForEstimate), leastStep)
  const widest = wanted < surest ? wanted : surest
  const closest = total / mostPlaces + 1n
  return { step: atLeast(widest, closest), isWhole: closest <= surest }
}

function placesIn({ start, stable }: Pick<StableLogSpan, 'start' | 'stable'>, step: bigint): readonly bigint[] {
  const places: bigint[] = []
  for (let place: bigint = start; place < stable; place += step) places.push(place)
  return places
}

/** Has more places looked at, but those that were of no avail; false when none is left. */
function askFor(all: readonly Sampled[], placesOf: (one: Sampled) => readonly bigint[]): boolean {
  let isAsking = false
  for (const one of all) {
    const tried = new Set(one.unknown.map(({ offset }) => offset))
    const more = placesOf(one).filter((place) => !tried.has(place))
    one.places.push(...more)
    if (more.length > 0) isAsking = true
  }
  return isAsking
}

/** Are what was answered and what is left not more than the places of a large topic? */
function isSmall(all: readonly Sampled[]): boolean {
  return all.reduce((sum, { log }) => sum + log.answers + log.unseen.length, 0) <= placesForEstimate
}

function atLeast(value: bigint, least: bigint): bigint {
  return value < least ? least : value
}
