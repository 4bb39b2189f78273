import { setTimeout as sleep } from 'node:timers/promises'
import { groupRight } from '../../../src/core/acl.ts'
import type { Cluster } from '../../../src/kafka/cluster.ts'
import { askCoordinator } from '../../../src/kafka/coordinators.ts'
import { onceKnown, withAdmin } from './observe.ts'
import { offsetCommit } from './offset-commit.ts'

/** Commits offsets of a group without members. kafkajs can do it too, in five seconds a call. */
export async function commit(
  cluster: Cluster,
  group: string,
  topic: string,
  offsets: readonly (number | undefined)[],
  metadata = '',
): Promise<void> {
  const partitions = offsets.flatMap((value, partition) =>
    value === undefined ? [] : [{ partition, offset: BigInt(value), leaderEpoch: -1, metadata }],
  )
  const noMember = { groupId: group, generationId: -1, memberId: '', groupInstanceId: null }
  const options = { signal: AbortSignal.timeout(20_000) }
  const ask = async (nodeId: number): Promise<{ readonly error: number; readonly value: undefined }> => {
    const answer = await cluster.sendTo(
      nodeId,
      offsetCommit,
      { ...noMember, topics: [{ name: topic, partitions }] },
      options,
    )
    const errors = answer.topics.flatMap((one) => one.partitions.map(({ error }) => error))
    return { error: errors.find((error) => error !== 0) ?? 0, value: undefined }
  }
  await askCoordinator(cluster, 'group', group, [groupRight('Read', group)], ask, options)
}

/** What the group has committed by partition, as kafkajs's admin client sees it; "-1" for nothing. */
export async function committedBy(
  bootstrap: readonly string[],
  groupId: string,
  topic: string,
): Promise<readonly string[]> {
  return await withAdmin(bootstrap, async (admin) => {
    const [found] = await onceKnown(async () => await admin.fetchOffsets({ groupId, topics: [topic] }))
    return (found?.partitions ?? []).toSorted((a, b) => a.partition - b.partition).map(({ offset: one }) => one)
  })
}

/** A group whose offsets on partition 0 of some topics go on by one, all the time, until it is stopped. */
export class Commits {
  #isStopped = false
  #loop: Promise<void> | undefined
  last = 0

  static start(cluster: Cluster, group: string, topics: readonly string[]): Commits {
    const commits = new Commits()
    commits.#loop = (async () => {
      while (!commits.#isStopped) {
        commits.last++
        for (const topic of topics) await commit(cluster, group, topic, [commits.last])
        await sleep(50)
      }
    })()
    // Of a test that failed before it stopped this: its own failure is what tells.
    commits.#loop.catch(() => undefined)
    return commits
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#loop
  }
}
