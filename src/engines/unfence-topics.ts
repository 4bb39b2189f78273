import type { Outcome } from '../core/outcome.ts'
import { actingLongOn } from '../links/acting.ts'
import { withWhatWasDone } from '../links/held.ts'
import type { MirrorRecord } from '../links/records.ts'
import type { LinkSession } from '../links/session.ts'
import type { Cancel, LinkTarget, UnfenceAct } from './engine.ts'
import { carriedAgain } from './give-up.ts'
import { withdraw } from './pending.ts'
import { unfencedOutcome, unfenceSource } from './source-fence.ts'

export interface UnfenceBy {
  /** Which of the mirrors that a promote has left in the middle are to be carried on. @throws when one can only be finished; nothing was changed then */
  readonly takeable?: (left: readonly MirrorRecord[], options: Cancel) => Promise<readonly MirrorRecord[]>
  /** Has mirrors carried that are ACTIVE again, where that takes more than a runner that reads so. */
  readonly carryAgain?: (session: LinkSession, options: Cancel) => Promise<void>
}

/** See `ReplicationEngine.unfence`. */
export async function unfenceTopics(
  { takeable, carryAgain }: UnfenceBy,
  target: LinkTarget,
  topics: readonly string[],
  by: UnfenceAct,
  options: Cancel,
): Promise<ReadonlyMap<string, Outcome>> {
  const { state, link } = target
  await using acting = await actingLongOn(state, link.name, by, options)
  const { session, signal } = acting
  const left = state
    .mirrors(link.name)
    .filter(({ sourceTopic, state: is }) => topics.includes(sourceTopic) && is.state === 'PENDING_STOPPED' && is.by === 'promote') // prettier-ignore
  const taken = takeable === undefined ? left : await takeable(left, { signal })
  const fenced = topics.filter((topic) => state.fence(link.name, topic) !== undefined)
  try {
    await withdraw(session, taken, { signal })
    const still = await unfenceSource(target, session, fenced, by.sourceFence, { signal })
    // Producers are let in whether the mirrors can be carried now or not.
    const source =
      still.length === 0 ? 'the source takes writes again' : 'a command has fenced the source, and it is so still'
    const halted = taken.length === 0 ? undefined : await carriedAgain(target, async () => await carryAgain?.(session, { signal }), source) // prettier-ignore
    if (halted !== undefined) throw halted
    return new Map(topics.map((topic) => [topic, unfencedOutcome(topic, fenced, still)]))
  } catch (error) {
    throw withWhatWasDone(error, 'the source may be fenced still')
  }
}
