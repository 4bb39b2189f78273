import { z } from 'zod'
import type { LinkPair, RestorePlan, RestoreResult } from '../../engines/engine.ts'
import { stepKind } from '../kind.ts'
import { mirrorsText, quoted, topics } from '../mirrors.ts'
import { salvageField } from '../salvage-field.ts'
import { fenceFrom, howOf, promoteWith, withText } from '../source-fence.ts'
import type { Observation } from '../step.ts'
import { observeBack, requireAllBack, requireBack, type WayBack } from '../way-back.ts'

/** Brings the old source of stopped topics back as their mirror, on the link that goes the other way. What never arrived is saved before it is replaced. */
export const mirrorRestore = stepKind({
  name: 'mirror.restore',
  fields: {
    topics,
    /** The link that goes the other way, where there are several. */
    onto: z.string().min(1).optional(),
    /** For what never arrived. */
    salvage: salvageField,
    /** What a replaced topic is to have of the one that is written to. */
    history: z.enum(['full', 'delta']).default('full'),
    /** What keeps producers off an old source that is replaced. */
    with: promoteWith,
  },
  timeoutMs: 3_600_000,
  does: (step) =>
    `bring the old sources of ${mirrorsText(step.topics)} back, which are fenced ${withText(step.with)} and replaced where the logs have parted; what never arrived is saved in ${step.salvage}`,
  open: (step, site, { id }) => {
    const { engine } = site
    const way: WayBack<RestorePlan> = {
      ...{ topics: step.topics, onto: step.onto, cannot: 'bring mirrors back', code: 'GR-RESTORE-BLOCKED' },
      planOf: async (pair, named, options) => await engine.planRestore(pair, named, { ...options, fence: howOf(step.with), history: step.history, salvage: site.salvageTo(step.salvage) }), // prettier-ignore
    }
    return {
      certainty: 'observed',
      observe: async (options) => await observeBack(site, way, ({ plan, pair }) => observationOf(plan, pair), options),
      apply: async (options) => {
        const { pair, plan } = await requireBack(site, way, options)
        const by = { ...site.act(), sourceFence: fenceFrom(step.with, site, id), salvage: site.salvageTo(step.salvage), history: step.history, onProgress: site.say } // prettier-ignore
        const results = await engine.restore(pair, plan, by, options)
        requireAllBack(new Map([...results].map(([topic, { outcome }]) => [topic, outcome])), 'GR-RESTORE-INCOMPLETE')
        const { name } = pair.onto.link
        const idle = plan.runner === undefined ? `; link "${name}" has no runner` : ''
        return `link "${name}" carries back: ${quoted([...results.keys()])}; ${savedText(plan.topics, results, step.salvage)}${idle}`
      },
    }
  },
})

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

/** What this process has saved; of a topic that another one had deleted it saved none, and that one has counted. */
export function savedText(
  topics: readonly Pick<RestorePlan['topics'][number], 'record' | 'how'>[],
  results: ReadonlyMap<string, Pick<RestoreResult, 'saved'>>,
  salvage: string,
): string {
  const finished = topics.filter(({ how }) => how === 'finish').map(({ record }) => record.sourceTopic)
  const before = finished.length === 0 ? [] : [`what never arrived of ${quoted(finished)} was saved before, by the process that has deleted it`] // prettier-ignore
  const records = [...results.values()].flatMap(({ saved }) => saved).reduce((sum, one) => sum + one.records, 0n)
  const now = topics.some(({ how }) => how === 'replace') ? [`${records.toString()} records that never arrived were saved in ${salvage}`] : [] // prettier-ignore
  return now.length + before.length === 0 ? 'none was replaced' : [...now, ...before].join('; ')
}
