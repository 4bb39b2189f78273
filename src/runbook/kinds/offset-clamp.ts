import { z } from 'zod'
import { GeorepError } from '../../core/errors.ts'
import { verdictOf } from '../../core/outcome.ts'
import { applyClamp, type ClampPlan, planClamp } from '../../links/clamp.ts'
import { stepKind } from '../kind.ts'
import { isStopped, quoted, readState } from '../mirrors.ts'
import type { Site } from '../site.ts'

/** Brings the committed offsets of groups in line with what stopped mirrors hold. */
export const offsetClamp = stepKind({
  name: 'offset.clamp',
  fields: { groups: z.array(z.string().min(1)).min(1).optional() },
  timeoutMs: 60_000,
  does: ({ groups }) => `move commits of ${groups === undefined ? "the link's groups" : `groups ${quoted(groups)}`} into the logs of the stopped mirrors`, // prettier-ignore
  open: ({ groups }, site) => ({
    certainty: 'observed',
    observe: async (options) => {
      const { plan, left } = await planned(site, groups, options)
      const unknown = plan.groups.find(({ blocker }) => blocker?.kind === 'unknown')
      if (unknown?.blocker?.kind === 'unknown') return { kind: 'unknown', why: `group "${unknown.group}": ${unknown.blocker.why}` } // prettier-ignore
      const active = plan.groups.filter(({ blocker }) => blocker?.kind === 'active').map(({ group }) => group)
      if (active.length > 0) return { kind: 'blocked', why: `commits lie outside of the log, and the group has members: ${quoted(active)}` } // prettier-ignore
      const open = plan.groups.filter(({ changes }) => changes.length > 0).map(({ group }) => group)
      if (open.length > 0) return { kind: 'notDone', what: `would move commits of ${quoted(open)}` }
      if (left.length > 0) return { kind: 'notDone', what: `would look at them once ${quoted(left)} are STOPPED` }
      return { kind: 'done', what: `every commit of ${plan.groups.length} groups lies inside` }
    },
    apply: async (options) => {
      const { plan, left } = await planned(site, groups, options)
      if (left.length > 0) throw new GeorepError('refused', 'GR-MIRROR-STATE', `${quoted(left)} are not STOPPED: their offsets are the runner's to carry`) // prettier-ignore
      const outcomes = await applyClamp(site.target, plan, site.act(), options)
      const results = outcomes.map(({ outcome }) => outcome)
      const verdict = verdictOf(results)
      if (verdict !== 'done') {
        const why = outcomes.flatMap(({ group, outcome }) => (outcome.kind === 'applied' || outcome.kind === 'unchanged' ? [] : [`"${group}" ${outcome.why}`])) // prettier-ignore
        throw new GeorepError(verdict === 'unknown' ? 'unknown' : 'incomplete', 'GR-CLAMP-INCOMPLETE', `not all groups were clamped: ${why.join('; ')}`) // prettier-ignore
      }
      return `moved commits of ${results.filter(({ kind }) => kind === 'applied').length} groups`
    },
  }),
})

async function planned(
  site: Site,
  groups: readonly string[] | undefined,
  { signal }: { readonly signal: AbortSignal },
): Promise<{ readonly plan: ClampPlan; readonly left: readonly string[] }> {
  const { state, link, destination } = site.target
  await readState(site, { signal })
  const all = state.mirrors(link.name)
  const plan = await planClamp(destination, all.filter(isStopped), groups ?? link.groups, { signal, needs: 'Read' })
  return { plan, left: all.filter((one) => !isStopped(one)).map(({ mirrorTopic }) => mirrorTopic) }
}
