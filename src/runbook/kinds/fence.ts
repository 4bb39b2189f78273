import { stepKind } from '../kind.ts'
import { mirrorsText, quoted, topics, wantedMirrors } from '../mirrors.ts'
import { fenceFrom, fenceWith, howOf, withText } from '../source-fence.ts'

/** Keeps producers off the source topics, and leaves the mirrors as they are. */
export const fence = stepKind({
  name: 'fence',
  fields: { topics, with: fenceWith },
  timeoutMs: 60_000,
  does: (step) => `fence the source of ${mirrorsText(step.topics)} ${withText(step.with)}`,
  open: (step, site, { id }) => {
    const { engine, target } = site
    const sources = async (options: { readonly signal: AbortSignal }): Promise<readonly string[]> =>
      (await wantedMirrors(site, step.topics, options)).mirrors.map(({ sourceTopic }) => sourceTopic)
    const how = howOf(step.with) === 'acl' ? 'acl' : 'hook'
    return {
      // A hook is called with topics of which some may be fenced already, and bears it.
      certainty: how === 'acl' ? 'observed' : 'repeatable',
      observe: async (options) => {
        const { blocked } = await wantedMirrors(site, step.topics, options)
        if (blocked !== undefined) return blocked
        const names = await sources(options)
        const plan = await engine.planFence(target, names, how, options)
        if (plan.blockers.length > 0) return { kind: 'blocked', why: plan.blockers.join('; ') }
        const open = names.filter((name) => !plan.fenced.includes(name))
        if (open.length === 0) return { kind: 'done', what: `fenced: ${quoted(names)}` }
        return { kind: 'notDone', what: `would fence ${quoted(open)} ${withText(step.with)}` }
      },
      apply: async (options) => {
        const names = await sources(options)
        await engine.fence(target, names, { ...site.act(), sourceFence: fenceFrom(step.with, site, id) }, options)
        return `fenced: ${quoted(names)}`
      },
    }
  },
})
