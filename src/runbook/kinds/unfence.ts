import type { FenceRecord } from '../../links/records.ts'
import { verdictOf, type Outcome } from '../../core/outcome.ts'
import { GeorepError } from '../../core/errors.ts'
import { stepKind } from '../kind.ts'
import { isStopped, mirrorsText, quoted, topics, wantedMirrors } from '../mirrors.ts'
import { command, hookFence } from '../source-fence.ts'

/** Takes back what georep has done to the source topics so that they take no writes. */
export const unfence = stepKind({
  name: 'unfence',
  fields: {
    topics,
    /** For topics that a command has fenced. */
    hook: command.optional(),
  },
  timeoutMs: 60_000,
  does: (step) => `let the source take writes again of ${mirrorsText(step.topics)}`,
  open: (step, site) => {
    const { engine, target } = site
    const { state, link } = target
    const fencesOf = async (options: { readonly signal: AbortSignal }): Promise<readonly FenceRecord[]> => {
      const { mirrors } = await wantedMirrors(site, step.topics, options)
      const sources = mirrors.map(({ sourceTopic }) => sourceTopic)
      return state.fences(link.name).filter(({ sourceTopic }) => step.topics === undefined || sources.includes(sourceTopic)) // prettier-ignore
    }
    return {
      certainty: 'observed',
      observe: async (options) => {
        const fences = await fencesOf(options)
        if (fences.length === 0) return { kind: 'done', what: 'nothing of it is fenced by georep' }
        const names = fences.map(({ sourceTopic }) => sourceTopic)
        const open = state.mirrors(link.name).filter((one) => names.includes(one.sourceTopic) && isStopped(one))
        if (open.length > 0) {
          const topicsText = quoted(open.map(({ mirrorTopic }) => mirrorTopic))
          return { kind: 'blocked', why: `the destination takes writes on ${topicsText}: both sides would` }
        }
        const hooked = fences.filter((one) => one.fence.how === 'hook')
        if (hooked.length > 0 && step.hook === undefined) {
          return { kind: 'blocked', why: `a command has fenced ${quoted(hooked.map(({ sourceTopic }) => sourceTopic))}, and this step has no hook` } // prettier-ignore
        }
        return { kind: 'notDone', what: `would free ${quoted(names)}` }
      },
      apply: async (options) => {
        const names = (await fencesOf(options)).map(({ sourceTopic }) => sourceTopic)
        const sourceFence = step.hook === undefined ? undefined : hookFence(step.hook, site)
        const outcomes = await engine.unfence(target, names, { ...site.act(), sourceFence }, options)
        requireDone('freed', outcomes)
        return `freed: ${quoted(names)}`
      },
    }
  },
})

function requireDone(what: string, outcomes: ReadonlyMap<string, Outcome>): void {
  if (verdictOf([...outcomes.values()]) === 'done') return
  const left = [...outcomes].flatMap(([topic, one]) => (one.kind === 'applied' || one.kind === 'unchanged' ? [] : [`"${topic}": ${one.why}`])) // prettier-ignore
  throw new GeorepError('incomplete', 'GR-UNFENCE-INCOMPLETE', `not all of it is ${what}: ${left.join('; ')}`)
}
