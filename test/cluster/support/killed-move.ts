import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import { sideBySide } from '../../../src/core/side-by-side.ts'
import type { Cluster } from '../../../src/kafka/cluster.ts'
import { coordinatorsOf } from '../../../src/kafka/coordinators.ts'
import { offsetFetch } from '../../../src/kafka/wire/messages/offset-fetch.ts'
import type { GeorepProcess } from './georep-process.ts'
import { onceKnown, withAdmin } from './observe.ts'

/** Of a group on partition 0 of its topic, as it is at this moment: its offset, or `open` while a transaction holds it. */
async function lookAt(cluster: Cluster, groupId: string, nodeId: number): Promise<string> {
  const request = { groups: [{ groupId, topics: null }], requireStable: true }
  const { groups: [answer] } = await cluster.sendTo(nodeId, offsetFetch, request, { signal: AbortSignal.timeout(10_000) }) // prettier-ignore
  const found = answer?.topics[0]?.partitions.find(({ partition }) => partition === 0)
  return answer?.error === 88 || found?.error === 88 ? 'open' : String(found?.offset)
}

/** Starts a georep that moves groups, and kills it as soon as the first and the last of them are seen to be there. */
export async function killedOnce(
  cluster: Cluster,
  [first, last]: readonly [string, string],
  start: () => GeorepProcess,
  isThere: (first: string, last: string) => boolean,
): Promise<void> {
  const nodes = await coordinatorsOf(cluster, 'group', [first, last], 'Read', { signal: AbortSignal.timeout(10_000) })
  const look = async (group: string): Promise<string> => await lookAt(cluster, group, nodes.get(group)!)
  const child = start()
  const end = new AbortController()
  void child.ended.then(() => { end.abort() }) // prettier-ignore
  // It stands still while it is looked at: the moment is short, and a look may take longer.
  while (!end.signal.aborted) {
    child.signal('SIGSTOP')
    if (isThere(await look(first), await look(last))) break
    child.signal('SIGCONT')
    await setTimeout(5)
  }
  child.signal('SIGKILL')
  expect((await child.ended).code, child.lines.join('\n')).toBeNull()
}

/** What kafkajs reads of each of these groups: its offsets by partition, with commas in between. */
export async function allCommits(
  bootstrap: readonly string[],
  groups: readonly string[],
  topic: string,
): Promise<readonly string[]> {
  // prettier-ignore
  const seen = new Map<string, string>()
  await withAdmin(bootstrap, async (admin) => {
    await sideBySide(groups, 16, async (groupId) => {
      const [found] = await onceKnown(async () => await admin.fetchOffsets({ groupId, topics: [topic] }))
      seen.set(groupId, (found?.partitions ?? []).toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset).join()) // prettier-ignore
    })
  })
  return groups.map((group) => seen.get(group) ?? '')
}
