import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { compactsSoon, fillWithHoles, untilHoles } from './holes.ts'
import { createdTopic, withAdmin } from './observe.ts'
import { write } from './write.ts'

const { ConfigResourceTypes } = kafkajs

/** A record, so many offsets of which compaction has left the last, and a record. */
export async function holeOf(bootstrap: readonly string[], offsets: number, partition = 0): Promise<string> {
  const topic = await createdTopic(bootstrap, { partitions: partition + 1, configs: { 'cleanup.policy': 'compact' } }) // prettier-ignore
  const [place, hole] = [
    { topic, partition },
    { count: 1, offsets },
  ] as const
  await fillWithHoles(bootstrap, place, hole)
  await compactSoon(bootstrap, topic)
  await write(bootstrap, topic, 1, { partition })
  await untilHoles(bootstrap, place, hole)
  return topic
}

/** From when this has returned, a broker compacts the topic when it looks next. */
export async function compactSoon(bootstrap: readonly string[], topic: string): Promise<void> {
  const configEntries = Object.entries(compactsSoon).map(([name, value]) => ({ name, value }))
  await withAdmin(bootstrap, async (admin) => { await admin.alterConfigs({ validateOnly: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }] }) }) // prettier-ignore
  await sleep(1_000) // until the broker goes by it, and the segment is old enough
}
