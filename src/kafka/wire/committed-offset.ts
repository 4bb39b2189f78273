import { int32, int64, nullableString, struct } from './schema.ts'

/** One partition of a commit, plain or transactional. Leader epoch -1: a mirror's epochs are not the source's. */
export const committedOffset = struct({
  partition: int32,
  offset: int64,
  leaderEpoch: int32,
  metadata: nullableString,
})
