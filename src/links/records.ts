import { z } from 'zod'
import { GeorepError } from '../core/errors.ts'

/** What stands in the state topic. Every value has `v`; a reader that does not know it says so instead of guessing. */
const version = z.literal(1)
const clusterRef = z.object({ name: z.string(), clusterId: z.string() })
const actor = z.object({ owner: z.string(), host: z.string() })
/** Offsets and producer ids: decimal text, because JSON numbers end at 2^53. */
const decimal = z.string().regex(/^\d+$/).transform(BigInt)

export const linkRecord = z.object({
  v: version,
  kind: z.literal('link'),
  name: z.string(),
  engine: z.enum(['embedded']),
  source: clusterRef,
  destination: clusterRef,
  /** Under which all mirrors of the link are appended; fenced by an epoch above this one. */
  producer: z.object({ id: decimal, epoch: z.number().int() }),
  /** Globs of the groups whose offsets are copied. */
  groups: z.array(z.string()),
  createdAt: z.iso.datetime(),
  createdBy: actor,
})
export type LinkRecord = z.output<typeof linkRecord>

const storedMirrorState = z.discriminatedUnion('state', [
  z.object({ state: z.literal('PENDING'), phase: z.string() }),
  z.object({ state: z.literal('ACTIVE') }),
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
  createdAt: z.iso.datetime(),
})
export type MirrorRecord = z.output<typeof mirrorRecord>

export const lockRecord = z.object({
  v: version,
  kind: z.literal('lock'),
  ...actor.shape,
  pid: z.number().int(),
  /** Names the kernel and process namespace in which `pid` means something. */
  scope: z.string(),
  act: z.string(),
  since: z.iso.datetime(),
})
export type LockRecord = z.output<typeof lockRecord>

/** Written by the runner, a second apart while it lives. */
export const runnerRecord = z.object({
  v: version,
  kind: z.literal('runner'),
  /** By the runner's clock. */
  at: z.iso.datetime(),
  /** Since when the runner has not reached the source; null while it does. */
  sourceLostAt: z.iso.datetime().nullable(),
})
export type RunnerRecord = z.output<typeof runnerRecord>

/** Written by the runner when it has changed; as fresh as the runner's record is. */
export const positionRecord = z.object({
  v: version,
  kind: z.literal('position'),
  /** By partition: the source's high watermark, and the mirror's log end. Null when not yet known. */
  sourceEnds: z.array(decimal.nullable()),
  mirrored: z.array(decimal.nullable()),
})
export type PositionRecord = z.output<typeof positionRecord>

/** Written by the runner when a mirror cannot go on. Stays until an operator acts. */
export const failureRecord = z.object({
  v: version,
  kind: z.literal('failure'),
  reason: z.string(),
  at: z.iso.datetime(),
})
export type FailureRecord = z.output<typeof failureRecord>

export type LockKind = 'act' | 'runner'

/** Keys of the state topic. A slash is part of neither a link's nor a topic's name. */
export const stateKey = {
  link: (link: string) => `link/${link}`,
  mirror: (link: string, topic: string) => `mirror/${link}/${topic}`,
  lock: (link: string, kind: LockKind) => `lock/${link}/${kind}`,
  runner: (link: string) => `runner/${link}`,
  position: (link: string, topic: string) => `position/${link}/${topic}`,
  failure: (link: string, topic: string) => `failure/${link}/${topic}`,
} as const

export type StateRecord = LinkRecord | MirrorRecord | LockRecord | RunnerRecord | PositionRecord | FailureRecord

const schemas = {
  link: linkRecord,
  mirror: mirrorRecord,
  lock: lockRecord,
  runner: runnerRecord,
  position: positionRecord,
  failure: failureRecord,
} as const

/**
 * One record of the state topic.
 *
 * @returns undefined for kinds that this version does not know
 * @throws GeorepError "failed" when the value is not what its key says
 */
export function stateRecordFrom(key: string, value: Buffer): StateRecord | undefined {
  const kind = key.split('/')[0]
  if (kind === undefined || !Object.hasOwn(schemas, kind)) return undefined
  try {
    return schemas[kind as keyof typeof schemas].parse(JSON.parse(value.toString('utf8')))
  } catch (error) {
    throw new GeorepError('failed', 'GR-STATE-UNREADABLE', `the state topic holds no readable value under "${key}"`, {
      stateNow: 'it was written by a newer georep, or by something else',
      next: 'use the georep that created the link',
      cause: error,
    })
  }
}

/** The value to be written; bigint as decimal text. */
export function stateValueFrom(record: StateRecord): Buffer {
  return Buffer.from(
    JSON.stringify(record, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)),
  )
}
