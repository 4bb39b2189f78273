import { GeorepError } from '../../core/errors.ts'
import { type Outcome, verdictOf } from '../../core/outcome.ts'
import { isAborted } from '../../core/time.ts'
import type { Act, MirrorPlan } from '../../engines/engine.ts'
import { actorOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { explained } from '../explained.ts'
import { jsonDocument } from '../json.ts'
import { openLink, type OpenLink } from '../open.ts'
import { styleOf } from '../style.ts'
import { countedOutcomes, endWithVerdict, outcomeOfError } from '../verdict.ts'
import type { MirrorCreateOptions } from './create.ts'
import { createdMirrorRow, renderMirrorCreate, type CreatedMirrorRow } from './create-view.ts'

/** What is to be done for one topic, or why nothing is. */
interface Planned {
  readonly topic: string
  readonly plan: MirrorPlan | undefined
  readonly settled: Outcome | undefined
}

export async function runMirrorCreate(options: MirrorCreateOptions, context: Context): Promise<ExitCode> {
  const { io, time } = context
  await using opened = await openLink(context, options, options.link)
  const planned: Planned[] = []
  for (const topic of options.topics) planned.push(await planOne(opened, topic, context))
  const by: Act = { actor: actorOf(context), time, name: 'mirror create' }
  const outcomes: Outcome[] = []
  const mirrors: CreatedMirrorRow[] = []
  for (const { topic, plan, settled } of planned) {
    const isFirst = outcomes.every(({ kind }) => kind !== 'applied')
    const outcome = settled ?? (options.dryRun || plan === undefined ? undefined : await createOne(opened, plan, by, isFirst, context)) // prettier-ignore
    if (outcome !== undefined) outcomes.push(outcome)
    mirrors.push(createdMirrorRow(topic, plan, outcome))
  }
  const view = { link: options.link, isDryRun: options.dryRun, mirrors }
  io.out(
    options.output === 'json' ? jsonDocument('georep.mirrorCreate/1', view) : renderMirrorCreate(mirrors, styleOf(io)),
  )
  return endWithVerdict(
    verdictOf(outcomes),
    {
      code: 'GR-MIRROR-CREATE',
      message: `not every topic ${options.dryRun ? 'can be' : 'is'} mirrored by link "${options.link}": ${countedOutcomes(outcomes)}`,
      ...(outcomes.some(({ kind }) => kind === 'applied') ? {} : { stateNow: 'no mirror was created' }),
      next: commandLine(options, 'mirror', 'list', '--link', options.link),
    },
    context,
  )
}

/** @throws what concerns every topic: a cluster that does not answer, Ctrl-C */
async function planOne({ engine, target }: OpenLink, topic: string, { signal }: Context): Promise<Planned> {
  try {
    const plan = await engine.planMirror(target, topic, { signal })
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
      throw error
    return outcomeOfError(thrown)
  }
}
