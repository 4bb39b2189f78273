import { type FenceRecord, isFailoverBegun, type MirrorRecord } from '../../links/records.ts'
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
  open: (step, site, { id }) => {
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
        const why = whatForbids(fences, state.mirrors(link.name), step.hook !== undefined)
        if (why !== undefined) return { kind: 'blocked', why }
        return { kind: 'notDone', what: `would free ${quoted(names)}` }
      },
      apply: async (options) => {
        const names = (await fencesOf(options)).map(({ sourceTopic }) => sourceTopic)
        const sourceFence = step.hook === undefined ? undefined : hookFence(step.hook, site, id)
        const outcomes = await engine.unfence(target, names, { ...site.act(), sourceFence }, options)
        requireDone('freed', outcomes)
        return `freed: ${quoted(names)}`
      },
    }
  },
})

/**
 * Why what is fenced is not to be freed: the destination takes writes, or will once a failover that has begun is finished, or a command has fenced it and
 * none is there to free it. Undefined when nothing forbids it.
 */
export function whatForbids(
  fences: readonly FenceRecord[],
  mirrors: readonly MirrorRecord[],
  hasHook: boolean,
): string | undefined {
  const names = fences.map(({ sourceTopic }) => sourceTopic)
  const fenced = mirrors.filter((one) => names.includes(one.sourceTopic))
  const textOf = (some: readonly MirrorRecord[]): string => quoted(some.map(({ mirrorTopic }) => mirrorTopic))
  const open = fenced.filter(isStopped)
  if (open.length > 0) return `the destination takes writes on ${textOf(open)}: both sides would`
  const begun = fenced.filter(isFailoverBegun)
  if (begun.length > 0) return `the failover of ${textOf(begun)} has begun and can only be finished`
  const hooked = fences.filter(({ fence }) => fence.how === 'hook')
  if (hooked.length === 0 || hasHook) return undefined
  return `a command has fenced ${quoted(hooked.map(({ sourceTopic }) => sourceTopic))}, and this step has no hook`
}

function requireDone(what: string, outcomes: ReadonlyMap<string, Outcome>): void {
  if (verdictOf([...outcomes.values()]) === 'done') return
  const left = [...outcomes].flatMap(([topic, one]) => (one.kind === 'applied' || one.kind === 'unchanged' ? [] : [`"${topic}": ${one.why}`])) // prettier-ignore
  throw new GeorepError('incomplete', 'GR-UNFENCE-INCOMPLETE', `not all of it is ${what}: ${left.join('; ')}`)
}
