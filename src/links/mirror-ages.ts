import { isTimeout } from '../core/errors.ts'
import type { NextUnread } from '../core/next-unread.ts'
import { withDeadline } from '../core/time.ts'
import type { Cluster } from '../kafka/cluster.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import { type ByPosition, nextUnreadOf, type Unread } from '../kafka/next-unread.ts'
import { isGone } from '../kafka/of-cluster.ts'
import type { PartitionKey } from '../kafka/topic-partition.ts'

const deadlineMs = 60_000

/** A broker's refusal to tell, such as for want of a right. */
export interface Untold {
  readonly why: string
}

/** 'none' when nothing is left to be read from a position on. */
export type KnownUnread = ByPosition<NextUnread | 'none' | Untold>

export function isUntold(answer: object | string | undefined): answer is Untold {
  return typeof answer === 'object' && 'why' in answer
}

/**
 * The first record of the source, at or after each position: what a mirror does not have, or a group has not read.
 *
 * @returns nothing for a position where that cannot be told: no answer, nothing that can be read
 */
export async function unreadAt(
  source: Cluster,
  positions: readonly Unread[],
  { signal, isCommittedOnly = false }: { readonly signal: AbortSignal; readonly isCommittedOnly?: boolean },
): Promise<KnownUnread> {
  const known = new Map<PartitionKey, Map<bigint, NextUnread | 'none' | Untold>>()
  if (positions.length === 0) return known
  try {
    const answers = await nextUnreadOf(source, positions, {
      signal: withDeadline(signal, deadlineMs),
      keepDenied: true,
      isCommittedOnly,
    })
    for (const [key, own] of answers) {
      const told = new Map<bigint, NextUnread | 'none' | Untold>()
      for (const [offset, one] of own) {
        if (one !== undefined) told.set(offset, one instanceof BrokerError ? { why: one.message } : one)
      }
      known.set(key, told)
    }
  } catch (error) {
    signal.throwIfAborted()
    // It went away in between: how many records are missing is known all the same.
    if (!isGone(error) && !isTimeout(error)) throw error
  }
  return known
}
