import { z } from 'zod'
import { aclResourceTypes, boundOperations } from '../core/acl-binding.ts'
import { GeorepError } from '../core/errors.ts'
import { mirrorRecord, type MirrorRecord } from './mirror-record.ts'
import { actor, decimal, version } from './record-parts.ts'
import { hidingRecord, type HidingRecord, leftGroupsRecord, type LeftGroupsRecord, unmirroredRecord, type UnmirroredRecord, unprotectedRecord, type UnprotectedRecord, unsyncedAclsRecord, type UnsyncedAclsRecord, unsyncedRecord, type UnsyncedRecord } from './runner-notes.ts' // prettier-ignore

// What stands in the state topic.

export { isFailoverBegun, mirrorRecord, type MirrorRecord } from './mirror-record.ts'

const clusterRef = z.object({ name: z.string(), clusterId: z.string() })

const pattern = z.object({
  /** Of source topics, see core/glob.ts. */
  glob: z.string(),
  /** What the mirror topic's name has before the source topic's. */
  prefix: z.string(),
  /** The runner makes mirrors of matching topics; otherwise they are only told of. */
  isAutoCreate: z.boolean(),
  /** Source topics that match, and are left out: their mirrors were taken off the link by name. */
  except: z.array(z.string()),
})
export type TopicPattern = z.output<typeof pattern>

const anyLink = {
  v: version,
  kind: z.literal('link'),
  name: z.string(),
  source: clusterRef,
  destination: clusterRef,
  /** Globs of the groups whose offsets are copied. */
  groups: z.array(z.string()),
  /** Topics that are mirrored as they come, each glob once. */
  patterns: z.array(pattern).default([]),
  /** Since when neither records nor group offsets are moved; null while they are. */
  pausedAt: z.iso.datetime().nullable().default(null),
  /** Of what its runner carries, all mirrors together; null for no limit. */
  throttleBytesPerSecond: z.number().int().positive().nullable().default(null),
  /** Globs of topic settings that are not copied. */
  syncConfigsExclude: z.array(z.string()).default([]),
  /** ACLs that its runner brings over, by globs of the names that they are about; null when it brings over none. */
  syncAcls: z
    .object({ resources: z.array(z.string()) })
    .nullable()
    .default(null),
  /** Others than this principal, as which its runner comes in, are denied Write on its mirror topics; null where nobody is. */
  protect: z.object({ principal: z.string() }).nullable().default(null),
  createdAt: z.iso.datetime(),
  createdBy: actor,
}

const embeddedLink = z.object({
  ...anyLink,
  engine: z.literal('embedded'),
  /** Under which all mirrors of the link are appended; fenced by an epoch above this one. */
  producer: z.object({ id: decimal, epoch: z.number().int() }),
})

const mm2Link = z.object({
  ...anyLink,
  engine: z.literal('mm2'),
  mm2: z.object({
    /** Of the Connect cluster that runs the connectors; without user name and password. */
    connectUrl: z.string(),
    /** By which MirrorMaker names the clusters, in its internal topics and in prefixed names. */
    aliases: z.object({ source: z.string(), target: z.string() }),
    /** Names of the connectors. Null where there is none: of heartbeats only. */
    connectors: z.object({
      source: z.string(),
      checkpoint: z.string(),
      heartbeat: z.string().nullable(),
      returnHeartbeat: z.string().nullable(),
    }),
    /** What mirror topics are called: as on the source, or with the source's alias and the separator before it. */
    naming: z.object({ policy: z.enum(['identity', 'default']), separator: z.string() }),
    /** Where the topic of offset syncs is. */
    syncsOn: z.enum(['source', 'target']),
    /** The connectors were there before. */
    isAdopted: z.boolean(),
  }),
})
export type Mm2LinkRecord = z.output<typeof mm2Link>

const linkRecord = z.discriminatedUnion('engine', [embeddedLink, mm2Link])
export type LinkRecord = z.output<typeof linkRecord>

const lockRecord = z.object({
  v: version,
  kind: z.literal('lock'),
  ...actor.shape,
  /** By the operating system; empty where it was not written down. */
  user: z.string().default(''),
  pid: z.number().int(),
  /** Names the kernel and process namespace in which `pid` means something. */
  scope: z.string(),
  act: z.string(),
  /** Whoever wants the lock may take it: what its holder does is done later, by a runner. */
  isYielding: z.boolean().default(false),
  /** When it was taken, by the brokers' clock; null in the record that takes it, whose own append time it is. */
  since: z.iso.datetime().nullable(),
})
export type LockRecord = z.output<typeof lockRecord>

/** Written by the runner, a second apart while it lives. */
const runnerRecord = z.object({
  v: version,
  kind: z.literal('runner'),
  /** By the runner's clock. */
  at: z.iso.datetime(),
  /** Since when the runner has not reached the source; null while it does. */
  sourceLostAt: z.iso.datetime().nullable(),
  /**
   * Up to which offset of the state topic the runner does as it says: what is not to be carried by then has nothing in flight, no group offset
   * either. Null by runners that do not tell.
   */
  obeysBefore: decimal.nullable().default(null),
  /** When settings and partition counts of all source topics were compared last, by the runner's clock; null until they were. */
  syncedAt: z.iso.datetime().nullable().default(null),
  /** The same of ACLs. */
  aclsSyncedAt: z.iso.datetime().nullable().default(null),
  /** How often it copies group offsets. Null by runners that do not tell. */
  groupsEveryMs: z.number().nonnegative().nullable().default(null),
})
export type RunnerRecord = z.output<typeof runnerRecord>

/** Written by the runner when it has changed; as fresh as the runner's record is. */
const positionRecord = z.object({
  v: version,
  kind: z.literal('position'),
  /** By partition: the source's high watermark, and the mirror's log end. Null when not yet known. */
  sourceEnds: z.array(decimal.nullable()),
  mirrored: z.array(decimal.nullable()),
  /** What is known of tombstones that compaction may have taken from the source before they were carried; null for times that are not known. Absent from older runners. */
  tombstones: z
    .object({
      /** When the mirror last had all that the source had, the earliest of its partitions. */
      caughtUpAt: z.iso.datetime().nullable(),
      /** A hole in the source was read so late, and how long the source keeps tombstones was not asked yet. */
      late: z.object({ since: z.iso.datetime().nullable(), until: z.iso.datetime() }).nullable(),
      /** Holes were read later than that. Stays as long as the mirror. */
      missed: z
        .object({ since: z.iso.datetime().nullable(), until: z.iso.datetime(), keptMs: z.number().int() })
        .nullable(),
    })
    .optional(),
  /** When those ends were read: of the partition of which that is longest ago. Absent where none is known, and from older runners. */
  sourceEndsAt: z.iso.datetime().optional(),
  /** They are not read every second, as a runner that lives does otherwise: of some partition not since that time. */
  isSourceUnread: z.literal(true).optional(),
})
export type PositionRecord = z.output<typeof positionRecord>

/** Written by the runner when a mirror cannot go on. Stays until an operator acts. */
const failureRecord = z.object({
  v: version,
  kind: z.literal('failure'),
  reason: z.string(),
  at: z.iso.datetime(),
})
export type FailureRecord = z.output<typeof failureRecord>

/** What georep has done to a source topic so that it takes no writes. Written before it is done, and gone when it is undone. */
const fenceRecord = z.object({
  v: version,
  kind: z.literal('fence'),
  sourceTopic: z.string(),
  fence: z.discriminatedUnion('how', [
    z.object({
      how: z.literal('acl'),
      /** The denial was not there before: it is georep's to delete. */
      isOwn: z.boolean(),
    }),
    /** By a command of the operator's, which is not kept: it may hold secrets. Until it has ended well it may have fenced nothing, or some of it. */
    z.object({ how: z.literal('hook'), isDone: z.boolean().default(false) }),
  ]),
  at: z.iso.datetime(),
  by: actor,
})
export type FenceRecord = z.output<typeof fenceRecord>

const binding = z.object({
  resource: z.object({
    type: z.enum(aclResourceTypes),
    name: z.string(),
    pattern: z.enum(['literal', 'prefixed']),
  }),
  principal: z.string(),
  host: z.string(),
  operation: z.enum(boundOperations),
  permission: z.enum(['Allow', 'Deny']),
})

/** An ACL of the source that the destination has, or is to have, because of the link. Written before it is created. */
const aclRecord = z.object({
  v: version,
  kind: z.literal('acl'),
  source: binding,
  destination: binding,
  /** See `WrittenAcl`: of those that are `created` alone it is known that they are georep's to delete. */
  is: z.enum(['held', 'begun', 'created']),
  at: z.iso.datetime(),
  by: actor,
})
export type AclRecord = z.output<typeof aclRecord>

/**
 * Whom georep denies Write on a mirror topic, see core/protection.ts. Each denial was seen not to be there, and is written down before it is created; gone
 * when all are deleted.
 */
const protectionRecord = z.object({
  v: version,
  kind: z.literal('protection'),
  mirrorTopic: z.string(),
  principals: z.array(z.string()),
  at: z.iso.datetime(),
  by: actor,
})
export type ProtectionRecord = z.output<typeof protectionRecord>

export type LockKind = 'act' | 'runner'

/** Keys of the state topic. A slash is part of neither a link's nor a topic's name. */
export const stateKey = {
  link: (link: string) => `link/${link}`,
  mirror: (link: string, topic: string) => `mirror/${link}/${topic}`,
  lock: (link: string, kind: LockKind) => `lock/${link}/${kind}`,
  runner: (link: string) => `runner/${link}`,
  position: (link: string, topic: string) => `position/${link}/${topic}`,
  failure: (link: string, topic: string) => `failure/${link}/${topic}`,
  unsynced: (link: string, topic: string) => `unsynced/${link}/${topic}`,
  unsyncedAcls: (link: string) => `unsyncedacls/${link}`,
  leftGroups: (link: string) => `leftgroups/${link}`,
  hiding: (link: string) => `hiding/${link}`,
  fence: (link: string, sourceTopic: string) => `fence/${link}/${sourceTopic}`,
  unmirrored: (link: string, sourceTopic: string) => `unmirrored/${link}/${sourceTopic}`,
  /** @param id of the ACL on the destination: its own text has slashes and has no end */
  acl: (link: string, id: string) => `acl/${link}/${id}`,
  protection: (link: string, topic: string) => `protection/${link}/${topic}`,
  unprotected: (link: string) => `unprotected/${link}`,
} as const

export type StateRecord =
  | LinkRecord
  | MirrorRecord
  | LockRecord
  | RunnerRecord
  | PositionRecord
  | FailureRecord
  | UnmirroredRecord
  | UnsyncedRecord
  | UnsyncedAclsRecord
  | LeftGroupsRecord
  | HidingRecord
  | FenceRecord
  | AclRecord
  | ProtectionRecord
  | UnprotectedRecord

/** For a mirror that is taken off: what a runner has written of it goes with it. */
export function withoutMirror(link: string, topic: string): ReadonlyMap<string, null> {
  const keys = [stateKey.mirror, stateKey.position, stateKey.failure, stateKey.unsynced]
  return new Map(keys.map((key) => [key(link, topic), null]))
}

const schemas = {
  link: linkRecord,
  mirror: mirrorRecord,
  lock: lockRecord,
  runner: runnerRecord,
  position: positionRecord,
  failure: failureRecord,
  unmirrored: unmirroredRecord,
  unsynced: unsyncedRecord,
  unsyncedacls: unsyncedAclsRecord,
  leftgroups: leftGroupsRecord,
  hiding: hidingRecord,
  fence: fenceRecord,
  acl: aclRecord,
  protection: protectionRecord,
  unprotected: unprotectedRecord,
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
