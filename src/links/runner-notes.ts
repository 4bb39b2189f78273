import { z } from 'zod'
import { version } from './record-parts.ts'

// What a runner notes of what it does not do: records of the state topic.

/** Written by the runner of a topic that matches a pattern of the link and cannot be mirrored; gone when it is. */
export const unmirroredRecord = z.object({
  v: version,
  kind: z.literal('unmirrored'),
  sourceTopic: z.string(),
  why: z.string(),
  at: z.iso.datetime(),
})
export type UnmirroredRecord = z.output<typeof unmirroredRecord>

/** Written by the runner of a mirror whose topic cannot be made as the source's: a setting is refused, or partitions. Gone when nothing is. */
export const unsyncedRecord = z.object({
  v: version,
  kind: z.literal('unsynced'),
  why: z.array(z.string()),
  at: z.iso.datetime(),
})
export type UnsyncedRecord = z.output<typeof unsyncedRecord>

/** Written by the runner that is to bring over ACLs and cannot, or not all. Gone when it can. */
export const unsyncedAclsRecord = z.object({ v: version, kind: z.literal('unsyncedacls'), why: z.array(z.string()), at: z.iso.datetime() }) // prettier-ignore
export type UnsyncedAclsRecord = z.output<typeof unsyncedAclsRecord>

/** Written by a runner before it hides offsets in transactions for the first time; stays. Whoever stops a mirror then takes the transactional id for it over. */
export const hidingRecord = z.object({ v: version, kind: z.literal('hiding'), at: z.iso.datetime() })
export type HidingRecord = z.output<typeof hidingRecord>

/** Written by the runner that is to keep others from writing to mirror topics and cannot, or not all. Gone when it can. */
export const unprotectedRecord = z.object({ v: version, kind: z.literal('unprotected'), why: z.array(z.string()), at: z.iso.datetime() }) // prettier-ignore
export type UnprotectedRecord = z.output<typeof unprotectedRecord>

/** Written by the runner when it changes: groups of the link whose offsets are not copied, because they have members on the destination. */
export const leftGroupsRecord = z.object({
  v: version,
  kind: z.literal('leftgroups'),
  /** The first of them by name. */
  groups: z.array(z.string()),
  count: z.number().int(),
  at: z.iso.datetime(),
})
export type LeftGroupsRecord = z.output<typeof leftGroupsRecord>
