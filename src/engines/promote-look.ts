import { BrokerError } from '../kafka/error-codes.ts'
import { producerStates } from '../kafka/producers.ts'
import { placeOfKey } from '../kafka/topic-partition.ts'
import type { MirrorRecord } from '../links/records.ts'
import type { Blocker, Cancel, LinkTarget, MirrorView, SourceProducers } from './engine.ts'
import { partitionsOfMirrors } from './mirror-partitions.ts'

/** Why a mirror would not drain, behind its name; undefined when it does. */
export function stateBlocker({ state }: MirrorRecord, shown: MirrorView['state']): Blocker | undefined {
  if (state.state === 'PENDING_STOPPED') {
    return state.by === 'failover' ? 'is failing over: mirror failover goes on with it' : undefined
  }
  switch (shown.state) {
    case 'PENDING':
      return `is being created: ${shown.phase}`
    case 'PAUSED':
      return 'is PAUSED: resume it, so that it drains'
    case 'SOURCE_UNAVAILABLE':
      return 'does not drain: the runner does not reach the source'
    case 'FAILED':
      return `has FAILED and does not drain: ${shown.reason}`
    case 'ACTIVE':
    case 'PENDING_STOPPED':
    case 'STOPPED':
      return undefined
  }
}

/** Who has written to the source topics, by topic. */
export async function producersOf(
  { source }: LinkTarget,
  records: readonly MirrorRecord[],
  options: Cancel,
): Promise<readonly SourceProducers[]> {
  const partitions = partitionsOfMirrors(records, 'sourceTopic')
  const states = await producerStates(source, partitions, options)
  return records.map(({ sourceTopic: topic }) => {
    const own = [...states].flatMap(([key, found]) =>
      placeOfKey(key).topic !== topic || found instanceof BrokerError ? [] : found,
    )
    return {
      topic,
      known: new Set(own.map(({ producerId }) => producerId)).size,
      openTransactions: own.filter(({ openFrom }) => openFrom !== undefined).length,
    }
  })
}
