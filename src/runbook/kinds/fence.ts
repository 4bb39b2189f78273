import { type GoneBack, goneBack, goneBackText } from '../gone-back.ts'
import { stepKind } from '../kind.ts'
import { mirrorsText, quoted, topics, type Wanted, wantedMirrors } from '../mirrors.ts'
import { fenceFrom, fenceWith, howOf, withText } from '../source-fence.ts'

/**
 * Keeps producers off the source topics, and leaves the mirrors as they are. Of topics that have gone the way back it would keep the runner out that carries
 * them, or the clients that have gone back as well: unless they are named they are not meant.
 */
export const fence = stepKind({
  name: 'fence',
  fields: { topics, with: fenceWith },
  timeoutMs: 60_000,
  does: (step) => `fence the source of ${mirrorsText(step.topics)} ${withText(step.with)}`,
  open: (step, site, { id }) => {
    const { engine, target } = site
    const sources = async (options: { readonly signal: AbortSignal }): Promise<Sources> => {
      const { mirrors, blocked } = await wantedMirrors(site, step.topics, options)
      const { state, link } = target
      const free = mirrors.filter(({ sourceTopic }) => state.fence(link.name, sourceTopic) === undefined)
      const gone = blocked === undefined ? await goneBack(site, free, options) : new Map<string, GoneBack>()
      const why = `the old source is a mirror by now, or written to again: a fence would keep its runner, or its clients, out: ${goneBackText(gone)}`
      return {
        names: mirrors.filter(({ mirrorTopic }) => !gone.has(mirrorTopic)).map(({ sourceTopic }) => sourceTopic),
        gone,
        blocked: blocked ?? (step.topics !== undefined && gone.size > 0 ? { kind: 'blocked', why } : undefined),
      }
    }
    const how = howOf(step.with) === 'acl' ? 'acl' : 'hook'
    return {
      // A hook is called with topics of which some may be fenced already, and bears it.
      certainty: how === 'acl' ? 'observed' : 'repeatable',
      observe: async (options) => {
        const { names, gone, blocked } = await sources(options)
        if (blocked !== undefined) return blocked
        if (names.length === 0) return { kind: 'done', what: `nothing is to be fenced: all have gone the way back: ${goneBackText(gone)}` } // prettier-ignore
        const plan = await engine.planFence(target, names, how, options)
        if (plan.blockers.length > 0) return { kind: 'blocked', why: plan.blockers.join('; ') }
        const open = names.filter((name) => !plan.fenced.includes(name))
        if (open.length === 0) return { kind: 'done', what: `fenced: ${quoted(names)}` }
        return { kind: 'notDone', what: `would fence ${quoted(open)} ${withText(step.with)}` }
      },
      apply: async (options) => {
        const { names } = await sources(options)
        await engine.fence(target, names, { ...site.act(), sourceFence: fenceFrom(step.with, site, id) }, options)
        return `fenced: ${quoted(names)}`
      },
    }
  },
})

interface Sources {
  readonly names: readonly string[]
  readonly gone: ReadonlyMap<string, GoneBack>
  readonly blocked: Wanted['blocked']
}
