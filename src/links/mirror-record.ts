import { z } from 'zod'
import { decimal, version } from './record-parts.ts'

const storedMirrorState = z.discriminatedUnion('state', [
  z.object({ state: z.literal('PENDING'), phase: z.string() }),
  z.object({ state: z.literal('ACTIVE') }),
  z.object({ state: z.literal('PAUSED'), since: z.iso.datetime() }),
  z.object({ state: z.literal('PENDING_STOPPED'), by: z.enum(['promote', 'failover']), since: z.iso.datetime() }),
  z.object({
    state: z.literal('STOPPED'),
    stoppedBy: z.enum(['promote', 'failover']),
    at: z.iso.datetime(),
    /** Per partition the log end before the fence, which takes one hidden offset; null where it was stopped without a fence. */
    ends: z.array(decimal),
    isFenced: z.boolean(),
  }),
])

export const mirrorRecord = z.object({
  v: version,
  kind: z.literal('mirror'),
  link: z.string(),
  sourceTopic: z.string(),
  sourceTopicId: z.string(),
  mirrorTopic: z.string(),
  mirrorTopicId: z.string(),
  partitions: z.number().int().positive(),
  state: storedMirrorState,
  /** Settings that would rewrite or refuse mirrored records, and are set when the mirror stops. */
  deferredConfigs: z.record(z.string(), z.string()),
  /** Settings that georep has brought over from the source, as it has set them; absent where it does not, or did not write it down. */
  copiedConfigs: z.record(z.string(), z.string()).optional(),
  /** The broker said that this link made the topic; false also where that is not known, or the topic was there before. */
  isTopicMade: z.boolean().default(false),
  /** Of a mirror that goes the way back: its topic was a source, or a mirror that was stopped, and holds what this link has not carried. Of one that was rebuilt, too: it holds nothing yet. */
  reversed: z
    .object({
      /** Per partition where that ends; what stands behind is of this link. */
      ends: z.array(decimal),
      /** Of the link's producer on this mirror: above the one at which an earlier stop has fenced it. */
      epoch: z.number().int(),
      /** When both sides held the same, or the topic was made anew: nothing that the source has compacted away by then is lacking. Absent in older records. */
      at: z.iso.datetime().optional(),
    })
    .optional(),
  /** Of a mirror whose topic is to take the place of the source that parted from it. Written before that is deleted; gone when the mirror is ACTIVE. */
  restoring: z
    .object({
      /** The one that is to be deleted. */
      topicId: z.string(),
      /** What it alone had was saved, and found equal: only from here on it is deleted, and when it is gone, it was by this. */
      isSaved: z.boolean(),
      /** As the old one has it. */
      replicationFactor: z.number().int().positive(),
      /** As of `reversed`. */
      epoch: z.number().int(),
    })
    .optional(),
  /** Of a mirror whose topic is to be deleted and made anew from its source. Written before that; gone when the mirror is ACTIVE. */
  rebuilding: z
    .object({
      /** The one that is to be deleted; empty where it was gone before. */
      topicId: z.string(),
      /** As the old one has it. */
      replicationFactor: z.number().int().positive(),
      /** What an operator has set on the old one: the new one has it, too. */
      ownConfigs: z.record(z.string(), z.string()),
      /** As of `reversed`. */
      epoch: z.number().int(),
    })
    .optional(),
  /** Of a mirror that begins later than its source: per partition the offset of the source at which it begins. */
  historyFrom: z.array(decimal).optional(),
  createdAt: z.iso.datetime(),
})
export type MirrorRecord = z.output<typeof mirrorRecord>

/** Begun and not finished: unlike a promote it cannot be taken back, as the runner may be refused already. */
export function isFailoverBegun({ state }: MirrorRecord): boolean {
  return state.state === 'PENDING_STOPPED' && state.by === 'failover'
}
