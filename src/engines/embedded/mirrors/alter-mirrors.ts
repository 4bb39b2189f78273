import type { Outcome } from '../../../core/outcome.ts'
import { stateKey } from '../../../links/records.ts'
import { actingOn } from '../../../links/acting.ts'
import type { LinkState } from '../../../links/state.ts'
import type { Act, Altered, Cancel, LinkTarget, MirrorChange } from '../../engine.ts'
import { changedRecords, settledMirrors } from '../../settled-mirrors.ts'
import { obedienceTo } from './obedience.ts'

/** See `ReplicationEngine.alterMirrors`. */
export async function alterMirrors(
  { state, link }: LinkTarget,
  topics: readonly string[] | 'all',
  change: MirrorChange,
  by: Act,
  options: Cancel,
): Promise<ReadonlyMap<string, Altered>> {
  const settled = await changed(state, link.name, topics, change, by, options)
  const keys = [...settled].flatMap(([topic, outcome]) => outcome === undefined || outcome.kind === 'unchanged' ? [stateKey.mirror(link.name, topic)] : []) // prettier-ignore
  const runner = keys.length === 0 ? undefined : await obedienceTo(state, { link: link.name, keys, time: by.time }, options) // prettier-ignore
  return new Map(
    [...settled].map(([topic, outcome]): [string, Altered] => [
      topic,
      { outcome: outcome ?? { kind: 'applied' }, runner: outcome?.kind === 'refused' ? undefined : runner },
    ]),
  )
}

async function changed(
  state: LinkState,
  link: string,
  topics: readonly string[] | 'all',
  change: MirrorChange,
  by: Act,
  options: Cancel,
): Promise<ReadonlyMap<string, Outcome | undefined>> {
  await using acting = await actingOn(state, link, by, options)
  const { session } = acting
  const settled = settledMirrors(state, link, topics, change)
  const records = changedRecords(state, link, settled, { change, at: by.time.now() })
  if (records.size > 0) await session.write(records, options)
  return settled
}
