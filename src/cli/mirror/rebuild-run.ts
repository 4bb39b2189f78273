import type { LinkTarget, RebuildPlan, RebuildResult, RebuiltTopic, SalvageStore } from '../../engines/engine.ts'
import { aloneOffsets } from '../../engines/rebuilding.ts'
import { notMirrored } from '../../engines/settled-mirrors.ts'
import { actOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import { confirmShown, requireConfirmable } from '../confirm.ts'
import type { Context } from '../context.ts'
import { printDocument } from '../document.ts'
import { ExitCode } from '../exit.ts'
import { openLink, type OpenLink } from '../open.ts'
import { openProgress } from '../progress.ts'
import { renderError } from '../render-error.ts'
import { styleOf } from '../style.ts'
import { endActed, refusalOf } from './acted.ts'
import { rebuildView, renderRebuildPlan, renderRebuildRows, type RebuildView } from './rebuild-view.ts'
import { salvageStore, salvageText } from './salvage-store.ts'
import { confirmationOf, mirrorCommand, type WhichOptions } from './which.ts'

export interface MirrorRebuildOptions extends WhichOptions {
  /** The folder, or `topic:<name>`, as it was typed. */
  readonly salvage: string | undefined
  readonly discard: boolean
}

export async function runMirrorRebuild(options: MirrorRebuildOptions, context: Context): Promise<ExitCode> {
  const { io, signal } = context
  const confirmation = confirmationOf('delete and make anew', options, io)
  if (!options.dryRun) requireConfirmable(confirmation)
  await using opened = await openLink(context, options, options.link)
  const { engine, target } = opened
  const topics = options.which.kind === 'all' ? [] : options.which.topics
  const store = options.salvage === undefined ? undefined : salvageStore(options.salvage, target.destination, context)
  const plan = await engine.planRebuild(target, topics, { signal, salvage: store })
  const salvage = salvageText(options.salvage, context.cwd)
  const settled = settledBefore(plan, target.state, options)
  const viewOf = (phase: RebuildView['phase'], results: ReadonlyMap<string, RebuildResult>, next: string): RebuildView =>
    rebuildView(target, plan, { phase, results, salvage, isDiscarding: options.discard, next })
  const planned = viewOf('planned', settled, rebuildCommand(options))
  const outcomesBefore = new Map([...settled].map(([topic, { outcome }]) => [topic, outcome]))
  const refusal = refusalOf(outcomesBefore, { code: 'GR-REBUILD-BLOCKED', next: wayRound(plan, options) }) // prettier-ignore
  const print = (view: RebuildView, render: Parameters<typeof printDocument>[2]): void => {
    printDocument(io, { output: options.output, schema: 'georep.mirror-rebuild/1', data: view }, render)
  }
  if (options.dryRun) {
    print(planned, (style) => renderRebuildPlan(planned, style))
    if (refusal !== undefined) io.err(renderError(refusal))
    return refusal === undefined ? ExitCode.ok : ExitCode.refused
  }
  await confirmShown(renderRebuildPlan(planned, styleOf({ hasColor: false })), refusal, confirmation, { signal })
  const results = await rebuild(opened, plan, store, options, context)
  const outcomes = [...results.values()].map(({ outcome }) => outcome)
  const done = viewOf('done', results, nextOf(plan, options))
  print(done, (style) => renderRebuildRows(done.topics, style))
  const message = `not all mirrors of link "${options.link}" were made anew`
  return endActed(done, outcomes, { code: 'GR-REBUILD-INCOMPLETE', message, next: rebuildCommand(options) }, context)
} // prettier-ignore

/** By mirror, what stands in its way, or has to be said first. */
function settledBefore(
  { topics, missing }: RebuildPlan,
  state: LinkTarget['state'],
  options: MirrorRebuildOptions,
): ReadonlyMap<string, RebuildResult> {
  const settled = new Map<string, RebuildResult>()
  const refuse = (topic: string, why: string): unknown => settled.set(topic, { outcome: { kind: 'refused', why }, saved: [] }) // prettier-ignore
  for (const topic of missing) refuse(topic, notMirrored(state, options.link, topic))
  for (const topic of topics) {
    const why = [...topic.blockers, ...unsaid(topic, options)]
    if (why.length > 0) refuse(topic.record.mirrorTopic, why.join('; '))
  }
  return settled
}

/** Where nothing else is in the way than what has to be said, the command that says it. */
function wayRound({ topics, missing }: RebuildPlan, options: MirrorRebuildOptions): string {
  const isBlocked = missing.length > 0 || topics.some(({ blockers }) => blockers.length > 0)
  return isBlocked ? commandLine(options, 'mirror', 'list', '--link', options.link) : rebuildCommand({ ...options, salvage: './salvage' }) // prettier-ignore
}

/** What has to be said before what a mirror alone holds is deleted. */
function unsaid({ partitions }: RebuiltTopic, { salvage, discard }: MirrorRebuildOptions): readonly string[] {
  if (aloneOffsets(partitions) === 0n || salvage !== undefined || discard) return []
  return ['it alone holds what its source has not: say where that is to be saved, with --salvage <folder> or topic:<name>, or let go of it with --discard'] // prettier-ignore
}

async function rebuild(
  { engine, target }: OpenLink,
  plan: RebuildPlan,
  salvage: SalvageStore | undefined,
  options: MirrorRebuildOptions,
  context: Context,
): Promise<ReadonlyMap<string, RebuildResult>> {
  const saves = salvage === undefined ? undefined : ({ kind: 'save', salvage } as const)
  const alone = options.discard ? ({ kind: 'discard' } as const) : saves
  const progress = await openProgress(context.io)
  try {
    const by = { ...actOf(context, 'mirror rebuild', options), alone, onProgress: progress.step }
    const results = await engine.rebuild(target, plan, by, { signal: context.signal })
    progress.done()
    return results
  } catch (error) {
    progress.fail()
    throw error
  }
}

function nextOf({ runner }: RebuildPlan, options: MirrorRebuildOptions): string {
  if (runner === undefined) return commandLine(options, 'link', 'run', options.link)
  return commandLine(options, 'lag', '--link', options.link)
}

function rebuildCommand({ salvage, discard, ...options }: MirrorRebuildOptions): string {
  const words = [...(salvage === undefined ? [] : ['--salvage', salvage]), ...(discard ? ['--discard'] : [])]
  return mirrorCommand(options, 'rebuild', ...words)
}
