import { type ClockSample, clockSkewFrom } from '../core/clock-skew.ts'
import { GeorepError, messageOf } from '../core/errors.ts'
import { type Measured, unknown } from '../core/measured.ts'
import { isAborted, type Time, withDeadline } from '../core/time.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { findLeaders } from '../kafka/leaders.ts'
import { batchFromRecords } from '../kafka/records/record.ts'
import { createTopic, deleteTopic } from '../kafka/topics.ts'
import { produce } from '../kafka/wire/messages/produce.ts'

const samplesWanted = 10
const againMs = 50
const measureTimeoutMs = 10_000
const deleteTimeoutMs = 10_000
const produceTimeoutMs = 5_000
const noProducer = { producerId: -1n, producerEpoch: -1 } as const

/**
 * How far a cluster's clock is ahead of ours, by appends to a topic that takes append times, which is removed again. It is the clock of one broker:
 * the one that leads that topic.
 *
 * Unknown, with the reason, when it could not be measured; throws only when it is told to stop.
 */
export async function measureClock(
  cluster: Cluster,
  topic: string,
  time: Time,
  { signal }: { readonly signal: AbortSignal },
): Promise<Measured> {
  try {
    const configs = new Map([['message.timestamp.type', 'LogAppendTime']])
    // Not the signal of the run: a topic whose making was broken off could not be told from somebody else's, and would stay.
    const made = await createTopic(
      cluster,
      { name: topic, partitions: 1, replicationFactor: 1, configs },
      { signal: AbortSignal.timeout(measureTimeoutMs) },
    )
    if (made === 'exists') throw new GeorepError('refused', 'GR-CANARY-EXISTS', `topic "${topic}" exists`)
    try {
      return clockSkewFrom(await appendSamples(cluster, topic, time, withDeadline(signal, measureTimeoutMs)))
    } finally {
      await deleteTopic(
        cluster,
        { name: topic, topicId: made.topicId },
        { signal: AbortSignal.timeout(deleteTimeoutMs) },
      )
    }
  } catch (error) {
    if (isAborted(signal)) throw error
    return unknown('ms', `the clock of cluster "${cluster.name}" could not be read: ${messageOf(error)}`)
  }
}

async function appendSamples(
  cluster: Cluster,
  topic: string,
  { now, monotonic }: Time,
  signal: AbortSignal,
): Promise<readonly ClockSample[]> {
  const samples: ClockSample[] = []
  while (samples.length < samplesWanted) {
    const { led, leaderless } = await findLeaders(cluster, [{ topic, partition: 0 }], { signal })
    if (leaderless[0]?.denied !== undefined) throw leaderless[0].denied
    const leader = led[0]?.leader
    if (leader !== undefined) {
      const sentMs = now().getTime()
      const records = batchFromRecords([{ key: null, value: Buffer.from('clock') }], {
        timestampMs: BigInt(sentMs),
        producer: noProducer,
        baseSequence: -1,
        isTransactional: false,
      })
      const request = {
        transactionalId: null,
        acks: -1,
        timeoutMs: produceTimeoutMs,
        topics: [{ name: topic, partitions: [{ partition: 0, records }] }],
      }
      const sentAt = monotonic()
      const answer = await cluster.sendTo(leader, produce, request, { signal })
      const result = answer.topics[0]?.partitions[0]
      if (result?.error === 0 && result.logAppendTimeMs >= 0n) {
        samples.push({ sentMs, roundTripMs: monotonic() - sentAt, appendedMs: Number(result.logAppendTimeMs) })
        continue
      }
    }
    await cluster.wait(againMs, signal)
  }
  return samples
}
