import { GeorepError } from '../../core/errors.ts'
import type { Act, Cancel, LinkTarget, ReplicationEngine } from '../../engines/engine.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import { findLeaders } from '../../kafka/leaders.ts'
import { newProducerId } from '../../kafka/producers.ts'
import { batchFromRecords } from '../../kafka/records/record.ts'
import { createTopic } from '../../kafka/topics.ts'
import { produce } from '../../kafka/wire/messages/produce.ts'

const topic = 'orders'
const partitions = 3
const recordsEach = 1_000

/** A topic with records beside the canary's, so that a drill in the sandbox fails over more than its own meter. */
export async function makeOrders(
  source: Cluster,
  target: LinkTarget,
  engine: ReplicationEngine,
  act: Act,
  options: Cancel,
): Promise<void> {
  await createTopic(source, { name: topic, partitions, replicationFactor: -1, configs: new Map() }, options)
  const producer = await newProducerId(source, options)
  const wanted = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
  const timestampMs = BigInt(act.time.now().getTime())
  for (let attempt = 0; ; attempt++) {
    const { led } = await findLeaders(source, wanted, options)
    if (led.length === partitions) {
      const answers = await Promise.all(
        led.map(async ({ leader, partition }) => {
          const records = Array.from({ length: recordsEach }, (_, index) => ({
            key: Buffer.from(`order-${partition}-${index}`),
            value: Buffer.from(JSON.stringify({ order: index, partition })),
          }))
          const batch = batchFromRecords(records, { timestampMs, producer, baseSequence: 0, isTransactional: false })
          return await source.sendTo(
            leader,
            produce,
            {
              transactionalId: null,
              acks: -1,
              timeoutMs: 10_000,
              topics: [{ name: topic, partitions: [{ partition, records: batch }] }],
            },
            options,
          )
        }),
      )
      // The same batch under the same sequence: what a partition that was not ready refused is sent again, the rest is recognised.
      if (answers.every(({ topics }) => topics[0]?.partitions[0]?.error === 0)) break
    }
    if (attempt === 100) throw new GeorepError('failed', 'GR-DRILL-ORDERS', `topic "${topic}" could not be written`)
    await source.wait(100, options.signal)
  }
  const plan = await engine.planMirror(target, topic, options)
  await engine.createMirror(target, plan, act, options)
}
