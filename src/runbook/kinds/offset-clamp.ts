import { z } from 'zod'
import { GeorepError } from '../../core/errors.ts'
import { verdictOf } from '../../core/outcome.ts'
import { applyClamp, type ClampPlan, movesOf, sayingOf, whyUnchanged } from '../../links/clamp.ts'
import { stepKind } from '../kind.ts'
import { isStopped, mirrorsText, quoted, readState, topics, type Topics } from '../mirrors.ts'
import type { Site } from '../site.ts'

/** Brings the committed offsets of groups in line with what stopped mirrors hold. */
export const offsetClamp = stepKind({
  name: 'offset.clamp',
  fields: {
    /** Offsets on other mirrors of the link are left alone, and those may be carried still. */
    topics,
    groups: z.array(z.string().min(1)).min(1).optional(),
  },
  timeoutMs: 60_000,
  does: ({ groups, ...named }) => `move commits of ${groups === undefined ? "the link's groups" : `groups ${quoted(groups)}`} into ${named.topics === undefined ? 'the stopped mirrors' : mirrorsText(named.topics)}`, // prettier-ignore
  open: (step, site) => ({
    certainty: 'observed',
    observe: async (options) => {
      const { plan, left } = await planned(site, step, options)
      const unknown = plan.groups.find(({ blocker }) => blocker?.kind === 'unknown')
      if (unknown?.blocker?.kind === 'unknown') return { kind: 'unknown', why: `group "${unknown.group}": ${unknown.blocker.why}` } // prettier-ignore
      const active = plan.groups.filter(({ blocker }) => blocker?.kind === 'active').map(({ group }) => group)
      if (active.length > 0) return { kind: 'blocked', why: `commits are to be moved, and the group has members: ${quoted(active)}` } // prettier-ignore
      const open = plan.groups.filter(({ changes }) => changes.length > 0).map(({ group }) => group)
      if (open.length > 0) return { kind: 'notDone', what: `would move commits of ${quoted(open)}` }
      if (left.length > 0) return { kind: 'notDone', what: `would look at them once ${quoted(left)} are STOPPED` }
      const what = `${plan.groups.length} groups: ${whyUnchanged(plan)}`
      return plan.untold === undefined ? { kind: 'done', what } : { kind: 'unknown', why: `${what}: ${plan.untold}` }
    },
    apply: async (options) => {
      const { plan, left } = await planned(site, step, options)
      const saying = sayingOf(plan, site.time.now())
      if (saying !== undefined) site.say(saying)
      if (left.length > 0) throw new GeorepError('refused', 'GR-MIRROR-STATE', `${quoted(left)} are not STOPPED: their offsets are the runner's to carry`) // prettier-ignore
      const movable = plan.groups.filter(({ changes, blocker }) => changes.length > 0 && blocker === undefined)
      const beforeFirst = async (): Promise<void> => { await site.keepUndo('clamp', movable.map(movesOf)) } // prettier-ignore
      const outcomes = await applyClamp(site.target, plan, site.act(), { ...options, beforeFirst })
      const results = outcomes.map(({ outcome }) => outcome)
      const verdict = verdictOf(results)
      if (verdict !== 'done') {
        const why = outcomes.flatMap(({ group, outcome }) => (outcome.kind === 'applied' || outcome.kind === 'unchanged' ? [] : [`"${group}" ${outcome.why}`])) // prettier-ignore
        throw new GeorepError(verdict === 'unknown' ? 'unknown' : 'incomplete', 'GR-CLAMP-INCOMPLETE', `not all groups were clamped: ${why.join('; ')}`) // prettier-ignore
      }
      const moved = `moved commits of ${results.filter(({ kind }) => kind === 'applied').length} groups`
      // As `offset clamp` ends: they lie in the logs, and whether each is as far as it was on the source is not known.
      if (plan.untold !== undefined) throw new GeorepError('unknown', 'GR-CLAMP-PLACES', `${moved} into the logs; where the groups stood on the source is not all known: ${plan.untold}`) // prettier-ignore
      return moved
    },
  }),
})

async function planned(
  site: Site,
  asked: { readonly topics?: Topics; readonly groups?: readonly string[] | undefined },
  { signal }: { readonly signal: AbortSignal },
): Promise<{ readonly plan: ClampPlan; readonly left: readonly string[] }> {
  const { state, link } = site.target
  await readState(site, { signal })
  const all = state.mirrors(link.name).filter(({ mirrorTopic }) => asked.topics?.includes(mirrorTopic) ?? true)
  const missing = (asked.topics ?? []).filter((topic) => all.every(({ mirrorTopic }) => mirrorTopic !== topic))
  if (missing.length > 0) throw new GeorepError('refused', 'GR-NOT-MIRRORED', `link "${link.name}" does not mirror ${quoted(missing)}`) // prettier-ignore
  const plan = await site.planClamp(all.filter(isStopped), asked.groups ?? link.groups, { signal, needs: 'Read' }) // prettier-ignore
  return { plan, left: all.filter((one) => !isStopped(one)).map(({ mirrorTopic }) => mirrorTopic) }
}
