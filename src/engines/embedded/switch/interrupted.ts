import { placeOfKey } from '../../../kafka/topic-partition.ts'
import type { MirrorRecord } from '../../../links/records.ts'
import type { Cancel, LinkTarget } from '../../engine.ts'
import { observeFence } from './fence.ts'
import { partitionsOfMirrors } from '../../mirror-partitions.ts'
import { byProducer } from '../carry/link-producer.ts'

export interface Interrupted {
  /** Some partition is fenced on the destination: what is left is to stop it. */
  readonly past: readonly MirrorRecord[]
  /** ACTIVE, or ACTIVE again once they are withdrawn. */
  readonly before: readonly MirrorRecord[]
}

/** Tells mirrors that a promote has left on the far side of the point of no return from those that it has not. Changes nothing. */
export async function findInterrupted(
  { destination, link }: LinkTarget,
  records: readonly MirrorRecord[],
  options: Cancel,
): Promise<Interrupted> {
  const pending = records.filter(({ state }) => state.state === 'PENDING_STOPPED')
  const fenced = new Set<string>()
  for (const { producer, records: some } of byProducer(link, pending)) {
    const fences = await observeFence(destination, partitionsOfMirrors(some, 'mirrorTopic'), producer, options)
    for (const [key, { kind }] of fences) if (kind === 'fenced') fenced.add(placeOfKey(key).topic)
  }
  const past = pending.filter(({ mirrorTopic }) => fenced.has(mirrorTopic))
  return { past, before: records.filter((record) => !past.includes(record)) }
}
