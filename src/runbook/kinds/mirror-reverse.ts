import { z } from 'zod'
import type { LinkPair, ReversePlan } from '../../engines/engine.ts'
import { stepKind } from '../kind.ts'
import { mirrorsText, quoted, topics } from '../mirrors.ts'
import { command, hookFence } from '../source-fence.ts'
import type { Observation } from '../step.ts'
import { observeBack, requireAllBack, requireBack, type WayBack } from '../way-back.ts'

/** Makes the old source of promoted topics their mirror, on the link that goes the other way: the switch back is ready from then on. */
export const mirrorReverse = stepKind({
  name: 'mirror.reverse',
  fields: {
    topics,
    /** The link that goes the other way, where there are several. */
    onto: z.string().min(1).optional(),
    /** For topics that a command has fenced. */
    hook: command.optional(),
  },
  timeoutMs: 60_000,
  does: (step) => `send ${mirrorsText(step.topics)} the way back`,
  open: (step, site, { id }) => {
    const { engine } = site
    const way: WayBack<ReversePlan> = {
      ...{ topics: step.topics, onto: step.onto, cannot: 'reverse mirrors', code: 'GR-REVERSE-BLOCKED' },
      planOf: async (pair, named, options) => await engine.planReverse(pair, named, options),
    }
    return {
      certainty: 'observed',
      observe: async (options) =>
        await observeBack(site, way, ({ plan, pair }) => observationOf(plan, pair, step.hook !== undefined), options),
      apply: async (options) => {
        const { pair, plan } = await requireBack(site, way, options)
        const sourceFence = step.hook === undefined ? undefined : hookFence(step.hook, site, id)
        const by = { ...site.act(), sourceFence, onProgress: site.say }
        const outcomes = await engine.reverse(pair, plan, by, options)
        requireAllBack(outcomes, 'GR-REVERSE-INCOMPLETE')
        const { name } = pair.onto.link
        const idle = plan.runner === undefined ? `; link "${name}" has no runner` : ''
        return `link "${name}" carries back: ${quoted([...outcomes.keys()])}${idle}`
      },
    }
  },
})

function observationOf(plan: ReversePlan, { onto }: LinkPair, hasHook: boolean): Observation {
  const names = plan.topics.map(({ record }) => record.mirrorTopic)
  if (plan.topics.every(({ isDone }) => isDone)) return { kind: 'done', what: `link "${onto.link.name}" carries back: ${quoted(names)}` } // prettier-ignore
  const why = plan.topics.flatMap(({ record, blockers, fence, isDone }) => {
    const hooked = !isDone && fence === 'hook' && !hasHook ? ['a command has fenced it, and this step has no hook'] : []
    return [...blockers, ...hooked].map((one) => `"${record.mirrorTopic}": ${one}`)
  })
  if (why.length > 0) return { kind: 'blocked', why: why.join('; ') }
  return { kind: 'notDone', what: `would send ${quoted(names)} back on link "${onto.link.name}"` }
}
