import { GeorepError } from '../../core/errors.ts'
import type { Offset } from '../../core/offset.ts'
import type { DrillSite } from '../../drill/site.ts'
import { planLinkClamp } from '../../engines/clamp-link.ts'
import type { Act, LinkTarget, ReplicationEngine } from '../../engines/engine.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { committedOffsets } from '../../kafka/groups.ts'
import { applyClamp } from '../../links/clamp.ts'

/** What the drill needs to know and do about group offsets on the destination. */
export function groupOffsets(
  engine: ReplicationEngine,
  target: LinkTarget,
  act: Act,
): Pick<DrillSite, 'clampGroup' | 'committedOnDestination'> {
  const { destination, state, link } = target
  return {
    clampGroup: async (group, options) => {
      const plan = await planLinkClamp(engine, target, state.mirrors(link.name), [group], options)
      for (const { outcome } of await applyClamp(target, plan, act, options)) {
        if (outcome.kind !== 'applied' && outcome.kind !== 'unchanged') return outcome.why
      }
      return undefined
    },
    committedOnDestination: async (group, topic, options) => {
      const commits = (await committedOffsets(destination, [group], options)).get(group)
      if (commits === undefined || commits instanceof BrokerError) {
        throw new GeorepError('failed', 'GR-GROUP-OFFSETS', commits?.message ?? `no answer for group "${group}"`)
      }
      const prefix = `${topic}/`
      return new Map(
        [...commits].flatMap(([key, offset]): [number, Offset][] =>
          key.startsWith(prefix) ? [[Number(key.slice(prefix.length)), offset]] : [],
        ),
      )
    },
  }
}
