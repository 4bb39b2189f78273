import { z } from 'zod'
import { GeorepError } from '../../core/errors.ts'
import { verdictOf } from '../../core/outcome.ts'
import type { LinkPair, ReversePlan } from '../../engines/engine.ts'
import { stepKind } from '../kind.ts'
import { pairOf } from '../link-pair.ts'
import { isStopped, mirrorsText, quoted, topics, wantedMirrors } from '../mirrors.ts'
import { command, hookFence } from '../source-fence.ts'
import type { Observation } from '../step.ts'

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
  open: (step, site) => {
    const { engine } = site
    const look = async (options: { readonly signal: AbortSignal }): Promise<Looked> => {
      if (!engine.capabilities.canReverse) return { blocked: `the engine ${engine.name} does not reverse mirrors` }
      const { mirrors, blocked } = await wantedMirrors(site, step.topics, options)
      if (blocked !== undefined) return { blocked: blocked.why }
      const open = mirrors.filter((one) => !isStopped(one)).map(({ mirrorTopic }) => mirrorTopic)
      if (open.length > 0) return { open }
      const pair = await pairOf(site, step.onto, options)
      if (typeof pair === 'string') return { blocked: pair }
      return { pair, plan: await engine.planReverse(pair, mirrors.map(({ mirrorTopic }) => mirrorTopic), options) } // prettier-ignore
    }
    return {
      certainty: 'observed',
      observe: async (options) => {
        const looked = await look(options)
        if ('blocked' in looked) return { kind: 'blocked', why: looked.blocked }
        if ('open' in looked) return { kind: 'notDone', what: `would look at them once ${quoted(looked.open)} are STOPPED` } // prettier-ignore
        return observationOf(looked.plan, looked.pair, step.hook !== undefined)
      },
      apply: async (options) => {
        const looked = await look(options)
        if ('blocked' in looked) throw new GeorepError('refused', 'GR-REVERSE-BLOCKED', looked.blocked)
        if ('open' in looked) throw new GeorepError('refused', 'GR-MIRROR-STATE', `${quoted(looked.open)} are not STOPPED`) // prettier-ignore
        const { pair, plan } = looked
        const sourceFence = step.hook === undefined ? undefined : hookFence(step.hook, site)
        const by = { ...site.act(), sourceFence, onProgress: site.say }
        const outcomes = await engine.reverse(pair, plan, by, options)
        if (verdictOf([...outcomes.values()]) !== 'done') {
          const left = [...outcomes].flatMap(([topic, one]) => (one.kind === 'applied' || one.kind === 'unchanged' ? [] : [`"${topic}": ${one.why}`])) // prettier-ignore
          throw new GeorepError('incomplete', 'GR-REVERSE-INCOMPLETE', `not all of it goes back: ${left.join('; ')}`)
        }
        const { name } = pair.onto.link
        const idle = plan.runner === undefined ? `; link "${name}" has no runner` : ''
        return `link "${name}" carries back: ${quoted([...outcomes.keys()])}${idle}`
      },
    }
  },
})

type Looked =
  | { readonly blocked: string }
  /** Mirrors that are not stopped yet. */
  | { readonly open: readonly string[] }
  | { readonly pair: LinkPair; readonly plan: ReversePlan }

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
