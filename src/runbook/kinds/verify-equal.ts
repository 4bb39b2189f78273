import { isAlike } from '../../core/fingerprint.ts'
import type { Batch } from '../../kafka/records/batch.ts'
import { batchLayout } from '../../kafka/records/batch.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import { readStored } from '../../kafka/read.ts'
import type { MirrorRecord } from '../../links/records.ts'
import { goneBack, goneBackText } from '../gone-back.ts'
import { nothing, stepKind } from '../kind.ts'
import { lastRecord } from '../last-records.ts'
import { mirrorsText, quoted, topics } from '../mirrors.ts'
import type { Site } from '../site.ts'

/**
 * That the mirrors hold their source up to its end, with the same last records. Of stopped mirrors what they had taken over counts; those whose topics have
 * gone the way back are left out, as what came to their source was carried there. Where offsets are the same on both sides batches are compared as they are
 * stored, otherwise records.
 */
export const verifyEqual = stepKind({
  name: 'verify.equal',
  fields: { topics },
  timeoutMs: 30_000,
  does: (step) => `compare both ends of ${mirrorsText(step.topics)}`,
  open: (step, site) => ({
    certainty: 'check',
    observe: async (options) => {
      const { engine, target } = site
      const { mirrors } = await engine.observe(target, options)
      const named = mirrors.filter(({ record }) => step.topics?.includes(record.mirrorTopic) ?? true)
      const apart = named.filter(({ partitions }) => partitions.some(({ sourceEnd, mirrored }) => sourceEnd?.offset !== mirrored)) // prettier-ignore
      const gone = await goneBack(site, apart.map(({ record }) => record), options) // prettier-ignore
      const wanted = named.filter(({ record }) => !gone.has(record.mirrorTopic))
      if (gone.size > 0 && (step.topics !== undefined || wanted.length === 0)) return { kind: 'blocked', why: `there is nothing to compare, as the old source is a mirror by now, or written to again: ${goneBackText(gone)}` } // prettier-ignore
      const missing = (step.topics ?? []).filter((topic) => wanted.every(({ record }) => record.mirrorTopic !== topic))
      if (missing.length > 0 || wanted.length === 0) return { kind: 'blocked', why: `the link does not mirror ${missing.length === 0 ? 'anything' : quoted(missing)}` } // prettier-ignore
      // What is lacking is named as what it takes to read: without it the ends are not shown either.
      await target.source.metadata(wanted.map(({ record }) => record.sourceTopic), { ...options, needs: 'Read' }) // prettier-ignore
      await target.destination.metadata(wanted.map(({ record }) => record.mirrorTopic), { ...options, needs: 'Read' }) // prettier-ignore
      let compared = 0
      for (const { record, partitions } of wanted) {
        for (const { partition, sourceEnd, mirrored } of partitions) {
          const what = `mirror "${record.mirrorTopic}" partition ${partition}`
          if (sourceEnd?.isCurrent !== true || mirrored === undefined) return { kind: 'unknown', why: `${what}: an end could not be read` } // prettier-ignore
          if (sourceEnd.offset !== mirrored) return { kind: 'blocked', why: `${what} ends at ${mirrored.toString()}, its source at ${sourceEnd.offset.toString()}` } // prettier-ignore
          if (mirrored === 0n) continue
          const compare = engine.capabilities.offsetMapping === 'identical' ? sameBatches : sameRecords
          const areSame = await compare(site, record, { partition, end: mirrored }, options.signal)
          if (areSame === undefined) continue
          if (!areSame) return { kind: 'blocked', why: `${what}: the last records are not the same` }
          compared++
        }
      }
      return {
        kind: 'done',
        what: `both ends are equal; the last records of ${compared} partitions are the same${gone.size === 0 ? '' : `; left out, as they have gone the way back: ${goneBackText(gone)}`}`,
      }
    },
    apply: nothing,
  }),
})

interface LastPlace {
  readonly partition: number
  /** Of the source. */
  readonly end: bigint
}

/** @returns undefined where retention has taken them on one side */
async function sameBatches(
  { target }: Pick<Site, 'target'>,
  record: MirrorRecord,
  { partition, end }: LastPlace,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const here = await batchAt(target.destination, record.mirrorTopic, partition, end - 1n, signal)
  const there = await batchAt(target.source, record.sourceTopic, partition, end - 1n, signal)
  return here === undefined || there === undefined ? undefined : isSame(here, there)
}

/** @returns undefined where one side has no record near its end */
async function sameRecords(
  { target }: Pick<Site, 'target'>,
  { sourceTopic, mirrorTopic, state }: MirrorRecord,
  { partition, end }: LastPlace,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const stoppedAt = state.state === 'STOPPED' ? state.ends[partition] : undefined
  const here = await lastRecord(target.destination, { topic: mirrorTopic, partition }, stoppedAt, { signal })
  const there = await lastRecord(target.source, { topic: sourceTopic, partition }, end, { signal })
  return here === undefined || there === undefined ? undefined : isAlike(here, there)
}

async function batchAt(
  cluster: Cluster,
  topic: string,
  partition: number,
  offset: bigint,
  signal: AbortSignal,
): Promise<Batch | undefined> {
  // prettier-ignore
  for await (const batch of readStored(cluster, { topic, partition }, { from: offset, to: offset + 1n }, { signal })) {
    if (batch.baseOffset <= offset && offset <= batch.lastOffset) return batch
  }
  return undefined
}

function isSame(here: Batch, there: Batch): boolean {
  // A hidden offset on one side: markers are not carried as they are.
  if (here.isControl || there.isControl) return true
  return (
    here.lastOffset === there.lastOffset &&
    here.recordCount === there.recordCount &&
    // An operator may have given the mirror topic a compression of its own.
    (here.compression !== there.compression ||
      here.bytes.subarray(batchLayout.records).equals(there.bytes.subarray(batchLayout.records)))
  )
}
