import { GeorepError } from '../../core/errors.ts'
import { withDeadline } from '../../core/time.ts'
import { isRefusal } from '../../kafka/of-cluster.ts'
import { type PartitionKey, partitionKey, type TopicPartition } from '../../kafka/topic-partition.ts'
import type { MirrorRecord } from '../../links/records.ts'
import { type GoneBack, goneBack, goneBackText } from '../gone-back.ts'
import { stepKind } from '../kind.ts'
import {
  isStopped,
  mirrorsText,
  partitionsOf,
  quoted,
  topics,
  type Topics,
  type Wanted,
  wantedMirrors,
} from '../mirrors.ts'
import { appendProbe, hasProbe, probeKey } from '../probe-record.ts'
import type { Site } from '../site.ts'

/** For a source to tell its links. */
const askedMs = 5_000

/**
 * That the destination takes writes: a record is appended to each partition, once a run. Consumers see it. Topics that were switched back since are left
 * alone: the record would part their logs.
 */
export const verifyWrite = stepKind({
  name: 'verify.write',
  fields: { topics },
  timeoutMs: 30_000,
  does: (step) => `write one record to each partition of ${mirrorsText(step.topics)} on the destination`,
  open: (step, site, { id }) => {
    const { destination } = site.target
    const key = probeKey(site.runId, id)
    const acknowledged = new Set<PartitionKey>()
    const isWritten = async (at: TopicPartition, options: { readonly signal: AbortSignal }): Promise<boolean> =>
      acknowledged.has(partitionKey(at)) || (await hasProbe(destination, at, key, options))
    let isSourceUntold = false
    /** Without what clients have gone back from. A source that cannot be asked, as one that is lost, is asked once: nobody goes back to it. */
    const wanted = async (options: { readonly signal: AbortSignal }): Promise<Written> => {
      const all = await wantedMirrors(site, step.topics, options)
      const gone =
        isSourceUntold || all.blocked !== undefined ? nothingGone : await goneFrom(site, all.mirrors, options)
      isSourceUntold ||= gone === undefined
      return withoutOld(all, step.topics, gone ?? nothingGone)
    }
    return {
      certainty: 'observed',
      observe: async (options) => {
        const { mirrors, blocked, old } = await wanted(options)
        if (blocked !== undefined) return blocked
        const left = mirrors.filter((one) => !isStopped(one)).map(({ mirrorTopic }) => mirrorTopic)
        const partitions = partitionsOf(mirrors, 'mirrorTopic')
        if (left.length > 0) return { kind: 'notDone', what: `would write once ${quoted(left)} are STOPPED` }
        for (const at of partitions) {
          if (!(await isWritten(at, options))) return { kind: 'notDone', what: `would write to ${partitions.length} partitions` } // prettier-ignore
        }
        const leftOut =
          old.size === 0 ? '' : `; left out, as clients write to the old source again: ${goneBackText(old)}`
        return { kind: 'done', what: `${partitions.length} partitions have taken a record${leftOut}` }
      },
      apply: async (options) => {
        const { mirrors, blocked } = await wanted(options)
        if (blocked !== undefined) throw new GeorepError('refused', 'GR-MIRROR-STATE', blocked.why)
        // A record in a mirror that is carried would make it FAILED.
        const left = mirrors.filter((one) => !isStopped(one)).map(({ mirrorTopic }) => mirrorTopic)
        if (left.length > 0) throw new GeorepError('refused', 'GR-MIRROR-STATE', `${quoted(left)} are not STOPPED: a record would be in the way of the runner`) // prettier-ignore
        for (const at of partitionsOf(mirrors, 'mirrorTopic')) {
          if (await isWritten(at, options)) continue
          await appendProbe(destination, at, { key, value: site.runId, atMs: site.time.now().getTime() }, options)
          acknowledged.add(partitionKey(at))
        }
        return undefined
      },
    }
  },
})

interface Written extends Wanted {
  /** Those that are left out. */
  readonly old: ReadonlyMap<string, GoneBack>
}

const nothingGone: ReadonlyMap<string, GoneBack> = new Map()

function withoutOld({ mirrors: all, blocked }: Wanted, named: Topics, gone: ReadonlyMap<string, GoneBack>): Written {
  const old = new Map([...gone].filter(([, { isOpened }]) => isOpened))
  const mirrors = all.filter(({ mirrorTopic }) => !old.has(mirrorTopic))
  const isInTheWay = old.size > 0 && (named !== undefined || mirrors.length === 0)
  const why = `clients write to the old source again, and a record here would part the logs: ${goneBackText(old)}`
  return { mirrors, old, blocked: isInTheWay ? { kind: 'blocked', why } : blocked }
}

/** @returns undefined where the source does not tell: it does not answer, or does not let us read its links */
async function goneFrom(
  site: Site,
  mirrors: readonly MirrorRecord[],
  { signal }: { readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, GoneBack> | undefined> {
  const deadline = withDeadline(signal, askedMs)
  try {
    return await goneBack(site, mirrors, { signal: deadline })
  } catch (error) {
    signal.throwIfAborted()
    if (isRefusal(error) || (error instanceof GeorepError && error.kind === 'unreachable') || deadline.aborted)
      return undefined
    throw error
  }
}
