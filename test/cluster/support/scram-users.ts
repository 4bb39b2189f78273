import { pbkdf2Sync, randomBytes } from 'node:crypto'
import type { Cluster } from '../../../src/kafka/cluster.ts'
import { message } from '../../../src/kafka/wire/message.ts'
import {
  array,
  int16,
  int32,
  int8,
  nullableBytes,
  nullableString,
  string,
  struct,
} from '../../../src/kafka/wire/schema.ts'

/** KIP-554. georep makes no users, so that it does not declare the message. */
const alterScramCredentials = message({
  name: 'AlterUserScramCredentials',
  apiKey: 51,
  version: 0,
  request: struct({
    deletions: array(struct({ name: string, mechanism: int8 })),
    upsertions: array(
      struct({ name: string, mechanism: int8, iterations: int32, salt: nullableBytes, saltedPassword: nullableBytes }),
    ),
  }),
  response: struct({
    throttleMs: int32,
    results: array(struct({ user: string, error: int16, errorMessage: nullableString })),
  }),
})
const scramSha512 = 2
const iterations = 4096

/** Lets users in with this password, by SCRAM-SHA-512; to be asked of a super user. */
export async function addScramUsers(cluster: Cluster, names: readonly string[], password: string): Promise<void> {
  const salt = randomBytes(16)
  const saltedPassword = pbkdf2Sync(password, salt, iterations, 64, 'sha512')
  const upsertions = names.map((name) => ({ name, mechanism: scramSha512, iterations, salt, saltedPassword }))
  const request = { deletions: [], upsertions }
  const { results } = await cluster.sendToAny(alterScramCredentials, request, { signal: AbortSignal.timeout(10_000) })
  const refused = results.filter(({ error }) => error !== 0)
  if (refused.length > 0) throw new Error(`users could not be made: ${JSON.stringify(refused)}`)
}
