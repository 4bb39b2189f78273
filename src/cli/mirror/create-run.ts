import { GeorepError } from '../../core/errors.ts'
import { type Outcome, verdictOf } from '../../core/outcome.ts'
import { isAborted } from '../../core/time.ts'
import { isPattern } from '../../core/topic-pattern.ts'
import type { Act, MirrorPlan } from '../../engines/engine.ts'
import { withWhatWasDone } from '../../links/held.ts'
import { actOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { explained } from '../explained.ts'
import { documentText } from '../document.ts'
import { openLink, type OpenLink } from '../open.ts'
import { printable } from '../printable.ts'
import { styleOf } from '../style.ts'
import { countedOutcomes, endWithVerdict, grantsOf, outcomeOfError } from '../verdict.ts'
import { type Creation, stateAfterCreate } from './create-incomplete.ts'
import type { MirrorCreateOptions } from './create-options.ts'
import {
  createdMirrorRow,
  hiddenWarnings,
  renderCreatedPatterns,
  renderMirrorCreate,
  type CreatedMirrorRow,
} from './create-view.ts'
import { createPattern, type CreatedPattern } from './create-pattern.ts'

/** What is to be done for one topic, or why nothing is. */
interface Planned {
  readonly topic: string
  readonly plan: MirrorPlan | undefined
  readonly settled: Outcome | undefined
}

export async function runMirrorCreate(options: MirrorCreateOptions, context: Context): Promise<ExitCode> {
  const { io } = context
  await using opened = await openLink(context, options, options.link)
  const by = actOf(context, 'mirror create', options)
  const planned: Planned[] = []
  const named = options.topics.filter((word) => !isPattern(word))
  for (const topic of named) planned.push(await planOne(opened, topic, options, false, context))
  const patterns: CreatedPattern[] = []
  for (const glob of options.topics.filter(isPattern)) {
    const pattern = await createPattern(opened, glob, options, by, context)
    const matching: Planned[] = []
    for (const topic of pattern.missing) matching.push(await planOne(opened, topic, options, true, context))
    const leftOut = matching.filter(({ plan }) => plan?.isLeftOut === true).map(({ topic }) => topic)
    patterns.push({ ...pattern, row: { ...pattern.row, leftOut } })
    const seen = new Set([...planned.map(({ topic }) => topic), ...leftOut])
    planned.push(...matching.filter(({ topic }) => !seen.has(topic)))
  }
  const creations: Creation[] = patterns.flatMap(({ outcome }) => (outcome === undefined ? [] : [{ outcome, isBegun: false }])) // prettier-ignore
  const mirrors: CreatedMirrorRow[] = []
  const prefix = options.prefix ?? ''
  for (const { topic, plan, settled } of planned) {
    const isFirst = creations.every(({ outcome }) => outcome.kind !== 'applied')
    const isBegun = settled === undefined && !options.dryRun && plan !== undefined && !isAborted(context.signal)
    const outcome = settled ?? (options.dryRun || plan === undefined ? undefined : await createOne(opened, plan, by, isFirst, context)) // prettier-ignore
    if (outcome !== undefined) creations.push({ outcome, isBegun })
    mirrors.push(createdMirrorRow({ topic, prefix }, plan, outcome))
    if (plan !== undefined) for (const what of hiddenWarnings(plan)) io.err(`warning: ${printable(what)}\n`)
  }
  const patternRows = patterns.map(({ row }) => row)
  const view = { link: options.link, isDryRun: options.dryRun, patterns: patternRows, mirrors }
  const style = styleOf(io)
  const tables = [
    ...(patternRows.length === 0 ? [] : [renderCreatedPatterns(patternRows, style)]),
    ...(mirrors.length === 0 ? [] : [renderMirrorCreate(mirrors, style)]),
  ]
  io.out(options.output !== 'table' ? documentText(options.output, 'georep.mirror-create/1', view) : tables.join('\n'))
  const outcomes = creations.map(({ outcome }) => outcome)
  const verdict = verdictOf(outcomes)
  const next = commandLine(options, 'mirror', 'list', '--link', options.link)
  if (verdict === 'done') {
    io.err(`next: ${printable(next)}\n`)
    return ExitCode.ok
  }
  const stateNow = stateAfterCreate(creations)
  return endWithVerdict(
    verdict,
    {
      code: 'GR-MIRROR-CREATE',
      message: `not every topic ${options.dryRun ? 'can be' : 'is'} mirrored by link "${options.link}": ${countedOutcomes(outcomes)}`,
      ...(stateNow === undefined ? {} : { stateNow }),
      next: grantsOf(outcomes) ?? next,
    },
    context,
  )
}

/** @throws what concerns every topic: a cluster that does not answer, Ctrl-C */
async function planOne(
  { engine, target }: OpenLink,
  topic: string,
  { prefix = '' }: MirrorCreateOptions,
  isMatched: boolean,
  { signal }: Context,
): Promise<Planned> {
  try {
    const plan = await engine.planMirror(target, topic, { signal, prefix, isMatched })
    return { topic, plan, settled: settledBefore(plan) }
  } catch (thrown) {
    signal.throwIfAborted()
    const error = explained(thrown)
    if (error instanceof GeorepError && error.kind === 'unreachable') throw error
    return { topic, plan: undefined, settled: outcomeOfError(thrown) }
  }
}

function settledBefore({ existing, blockers }: MirrorPlan): Outcome | undefined {
  const state = existing?.state
  if (state?.state === 'STOPPED') {
    return {
      kind: 'refused',
      why: `it was a mirror until its ${state.stoppedBy} at ${state.at}, and is a topic of its own now`,
    }
  }
  if (state !== undefined && state.state !== 'PENDING') return { kind: 'unchanged', why: `it is a mirror already, ${state.state}` } // prettier-ignore
  return blockers.length === 0 ? undefined : { kind: 'refused', why: blockers.join('; ') }
}

async function createOne(
  { engine, target }: OpenLink,
  plan: MirrorPlan,
  by: Act,
  isFirst: boolean,
  { signal }: Context,
): Promise<Outcome> {
  if (isAborted(signal)) return { kind: 'pending', why: 'interrupted before it began' }
  try {
    await engine.createMirror(target, plan, by, { signal })
    return { kind: 'applied' }
  } catch (thrown) {
    const error = explained(thrown)
    // Someone else holds the link: that is what the script has to know, as long as nothing was done.
    if (isFirst && error instanceof GeorepError && (error.kind === 'conflict' || error.kind === 'interrupted'))
      throw withWhatWasDone(error, `mirror "${plan.mirrorTopic}" may be PENDING: the same command goes on with it`)
    return outcomeOfError(thrown)
  }
}
