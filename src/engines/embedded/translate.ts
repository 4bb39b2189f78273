import { minOffset, offset } from '../../core/offset.ts'
import { sideBySide } from '../../core/side-by-side.ts'
import {
  comparedBy,
  type Look,
  type MirroredLogs,
  placeOnMirror,
  type Translated,
  unknown,
} from '../../core/translation.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { type StableLogSpan, stableLogSpans } from '../../kafka/log-spans.ts'
import { partitionKey, type TopicPartition } from '../../kafka/topic-partition.ts'
import type { MirrorRecord } from '../../links/records.ts'
import { seenRecords } from '../../links/seen-records.ts'
import type { LinkTarget } from '../engine.ts'
import type { PlaceTranslation, SourcePlace, TranslateOptions } from '../translating.ts'
import { reachedOrRefused } from '../reachable.ts'
import { whySourceSilent } from '../views.ts'

const readsAtOnce = 16
/** A page of what is read to find one record. A broker answers with a whole batch all the same. */
const pageBytes = 16 * 1024
/** How often the two sides are brought to the same offset, where each lacks records that the other has. */
const alignings = 8

/** See `ReplicationEngine.translate`. */
export async function translate(
  target: LinkTarget,
  places: readonly SourcePlace[],
  options: TranslateOptions,
): Promise<readonly PlaceTranslation[]> {
  const { link, state, source, destination } = target
  const mirrors = new Map(state.mirrors(link.name).map((record) => [record.sourceTopic, record]))
  const silent = whySourceSilent(options.sourceSeen ?? (await reachedOrRefused(source, link, options)))
  const carried = places.filter(({ topic, partition }) => partition < (mirrors.get(topic)?.partitions ?? 0))
  const there = carried.map(({ topic, partition }) => ({ topic: mirrors.get(topic)?.mirrorTopic ?? topic, partition }))
  const ask = { signal: options.signal, keepDenied: true, needs: options.verify ? 'Read' : 'Describe' } as const
  const [sourceLogs, destinationLogs] = await Promise.all([
    silent === undefined ? stableLogSpans(source, carried, ask) : undefined,
    stableLogSpans(destination, there, ask),
  ])
  let done = 0
  const known = new Map<string, Promise<Translated>>()
  return await sideBySide(places, readsAtOnce, async (place) => {
    const mirror = mirrors.get(place.topic)
    const one = async (): Promise<Translated> => {
      if (mirror === undefined) return unknown('the link has no mirror of this topic')
      if (place.partition >= mirror.partitions) return unknown('the mirror has no such partition')
      const at = { topic: mirror.mirrorTopic, partition: place.partition }
      const logs = logsFor(mirror, place, sourceLogs?.get(partitionKey(place)), destinationLogs.get(partitionKey(at)))
      if ('why' in logs) return unknown(logs.why)
      const translated = placeOnMirror(place.offset, logs)
      return options.verify ? await verified(translated, target, { place, at, logs, silent }, options) : translated
    }
    const key = `${partitionKey(place)}@${place.offset.toString()}`
    const translated = known.get(key) ?? one()
    known.set(key, translated)
    const result = { place, mirrorTopic: mirror?.mirrorTopic, translated: await translated }
    options.onProgress?.(++done, places.length)
    return result
  })
}

interface Logs extends MirroredLogs {
  readonly source: StableLogSpan | undefined
  readonly destination: StableLogSpan
}

function logsFor(
  { state }: MirrorRecord,
  { partition }: SourcePlace,
  source: StableLogSpan | BrokerError | undefined,
  destination: StableLogSpan | BrokerError | undefined,
): Logs | { readonly why: string } {
  const refusal = [source, destination].find((answer) => answer instanceof BrokerError)
  if (refusal !== undefined) return { why: refusal.message }
  if (destination === undefined) return { why: 'the destination did not tell its log' }
  const stoppedAt = state.state === 'STOPPED' ? state.ends[partition] : undefined
  const ends = {
    destination: destination as StableLogSpan,
    stoppedAt: stoppedAt === undefined ? undefined : offset(stoppedAt),
  }
  return { ...ends, source: source as StableLogSpan | undefined }
}

/** The translation, after the first record from the place on that both sides have was compared. */
async function verified(
  translated: Translated,
  { source, destination }: LinkTarget,
  { place, at, logs, silent }: { readonly place: SourcePlace; readonly at: TopicPartition; readonly logs: Logs; readonly silent: string | undefined }, // prettier-ignore
  { signal }: TranslateOptions,
): Promise<Translated> {
  const none = (why: string): Translated => comparedBy(translated, { none: why }, { none: why })
  if (logs.source === undefined) return none(silent ?? 'the source did not tell its log')
  const { stoppedAt } = logs
  const end = stoppedAt === undefined ? logs.destination.stable : minOffset(stoppedAt, logs.destination.stable)
  const first = place.offset > logs.source.start ? place.offset : logs.source.start
  let from = first
  for (let turn = 0; turn < alignings; turn++) {
    const [there, here] = await Promise.all([
      look(
        source,
        place,
        { from, to: logs.source.stable },
        'nothing committed is left to be read on the source',
        signal,
      ),
      look(destination, at, { from, to: end }, 'the next record is not on the destination', signal),
    ])
    if ('none' in there || 'none' in here || there.offset === here.offset) {
      const compared = comparedBy(translated, there, here)
      const isMoved = turn > 0 && compared.kind === 'exact' && compared.by === 'record'
      return isMoved ? { ...compared, why: `compared at ${from.toString()}, the first that both sides have` } : compared
    }
    // Compaction has taken other records on one side than on the other.
    from = offset(there.offset > here.offset ? there.offset : here.offset)
  }
  return none('each side lacks records that the other has')
}

async function look(
  cluster: Cluster,
  at: TopicPartition,
  range: { readonly from: bigint; readonly to: bigint },
  none: string,
  signal: AbortSignal,
): Promise<Look> {
  const seen = await seenRecords(cluster, at, range, { signal, atMost: 1, pageBytes })
  return 'none' in seen ? seen : (seen.records[0] ?? { none })
}
