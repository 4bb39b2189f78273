import { z } from 'zod'
import { GeorepError } from '../../core/errors.ts'
import { verdictOf } from '../../core/outcome.ts'
import type { LinkPair, RestorePlan } from '../../engines/engine.ts'
import { stepKind } from '../kind.ts'
import { pairOf } from '../link-pair.ts'
import { isStopped, mirrorsText, quoted, topics, wantedMirrors } from '../mirrors.ts'
import { fenceFrom, howOf, promoteWith, withText } from '../source-fence.ts'
import type { Observation } from '../step.ts'

/** Brings the old source of stopped topics back as their mirror, on the link that goes the other way. What never arrived is saved before it is replaced. */
export const mirrorRestore = stepKind({
  name: 'mirror.restore',
  fields: {
    topics,
    /** The link that goes the other way, where there are several. */
    onto: z.string().min(1).optional(),
    /** The folder in which what never arrived is saved. */
    salvage: z.string().min(1),
    /** What keeps producers off an old source that is replaced. */
    with: promoteWith,
  },
  timeoutMs: 3_600_000,
  does: (step) =>
    `bring the old sources of ${mirrorsText(step.topics)} back, which are fenced ${withText(step.with)} and replaced where the logs have parted; what never arrived is saved in ${step.salvage}`,
  open: (step, site) => {
    const { engine } = site
    const look = async (options: { readonly signal: AbortSignal }): Promise<Looked> => {
      if (!engine.capabilities.canReverse) return { blocked: `the engine ${engine.name} does not bring mirrors back` }
      const { mirrors, blocked } = await wantedMirrors(site, step.topics, options)
      if (blocked !== undefined) return { blocked: blocked.why }
      const open = mirrors.filter((one) => !isStopped(one)).map(({ mirrorTopic }) => mirrorTopic)
      if (open.length > 0) return { open }
      const pair = await pairOf(site, step.onto, options)
      if (typeof pair === 'string') return { blocked: pair }
      const named = mirrors.map(({ mirrorTopic }) => mirrorTopic)
      return { pair, plan: await engine.planRestore(pair, named, { ...options, fence: howOf(step.with) }) }
    }
    return {
      certainty: 'observed',
      observe: async (options) => {
        const looked = await look(options)
        if ('blocked' in looked) return { kind: 'blocked', why: looked.blocked }
        if ('open' in looked) return { kind: 'notDone', what: `would look at them once ${quoted(looked.open)} are STOPPED` } // prettier-ignore
        return observationOf(looked.plan, looked.pair)
      },
      apply: async (options) => {
        const looked = await look(options)
        if ('blocked' in looked) throw new GeorepError('refused', 'GR-RESTORE-BLOCKED', looked.blocked)
        if ('open' in looked) throw new GeorepError('refused', 'GR-MIRROR-STATE', `${quoted(looked.open)} are not STOPPED`) // prettier-ignore
        const { pair, plan } = looked
        const by = { ...site.act(), sourceFence: fenceFrom(step.with, site), salvage: site.salvageTo(step.salvage), onProgress: site.say } // prettier-ignore
        const results = await engine.restore(pair, plan, by, options)
        const all = [...results.values()]
        if (verdictOf(all.map(({ outcome }) => outcome)) !== 'done') {
          const left = [...results].flatMap(([topic, { outcome }]) => (outcome.kind === 'applied' || outcome.kind === 'unchanged' ? [] : [`"${topic}": ${outcome.why}`])) // prettier-ignore
          throw new GeorepError('incomplete', 'GR-RESTORE-INCOMPLETE', `not all of it comes back: ${left.join('; ')}`)
        }
        const records = all.flatMap(({ saved }) => saved).reduce((sum, one) => sum + one.records, 0n)
        const { name } = pair.onto.link
        const idle = plan.runner === undefined ? `; link "${name}" has no runner` : ''
        return `link "${name}" carries back: ${quoted([...results.keys()])}; ${records.toString()} records that never arrived were saved in ${step.salvage}${idle}`
      },
    }
  },
})

type Looked =
  | { readonly blocked: string }
  /** Mirrors that are not stopped yet. */
  | { readonly open: readonly string[] }
  | { readonly pair: LinkPair; readonly plan: RestorePlan }

function observationOf(plan: RestorePlan, { onto }: LinkPair): Observation {
  const names = plan.topics.map(({ record }) => record.mirrorTopic)
  if (plan.topics.every(({ isDone }) => isDone)) return { kind: 'done', what: `link "${onto.link.name}" carries back: ${quoted(names)}` } // prettier-ignore
  const why = plan.topics.flatMap(({ record, blockers }) => blockers.map((one) => `"${record.mirrorTopic}": ${one}`))
  if (why.length > 0) return { kind: 'blocked', why: why.join('; ') }
  const replaced = plan.topics.filter(({ how, isDone }) => how === 'replace' && !isDone)
  const offsets = replaced.flatMap(({ lost }) => lost).reduce((sum, { from, to }) => sum + (to - from), 0n)
  const what = replaced.length === 0 ? 'none is replaced' : `would save ${offsets.toString()} offsets that never arrived, and replace ${quoted(replaced.map(({ record }) => record.sourceTopic))}` // prettier-ignore
  return { kind: 'notDone', what: `would bring ${quoted(names)} back on link "${onto.link.name}"; ${what}` }
}
