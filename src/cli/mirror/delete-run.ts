import { GeorepError } from '../../core/errors.ts'
import { type Outcome, verdictOf } from '../../core/outcome.ts'
import { isPattern } from '../../core/topic-pattern.ts'
import { isAborted } from '../../core/time.ts'
import type { MirrorDeletionPlan } from '../../engines/engine.ts'
import { actOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import { confirmTyped, requireConfirmable, type Confirmation } from '../confirm.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { explained } from '../explained.ts'
import { documentText } from '../document.ts'
import { openLink, type OpenLink } from '../open.ts'
import { printable } from '../printable.ts'
import { styleOf } from '../style.ts'
import { countedOutcomes, endWithVerdict, grantsOf, outcomeOfError } from '../verdict.ts'
import { deletedRow, renderMirrorDelete, type DeletedRow } from './delete-view.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface MirrorDeleteOptions extends GlobalOptions {
  /** Mirror topics, and patterns. */
  readonly words: readonly string[]
  readonly link: string
  readonly withTopic: boolean
  readonly confirm: string | undefined
  readonly dryRun: boolean
  readonly takeOver: boolean
  readonly output: OutputFormat
}

/** What is to be done for one word, or why nothing is. */
interface Planned {
  readonly word: string
  /** Undefined of a pattern. */
  readonly plan: MirrorDeletionPlan | undefined
  readonly settled: Outcome | undefined
}

export async function runMirrorDelete(options: MirrorDeleteOptions, context: Context): Promise<ExitCode> {
  const { io, signal } = context
  const confirmation = confirmationOf(options, context)
  if (!options.dryRun) requireConfirmable(confirmation)
  await using opened = await openLink(context, options, options.link)
  const planned = await planAll(opened, options, context)
  const print = (rows: readonly DeletedRow[]): void => {
    const view = { link: options.link, isDryRun: options.dryRun, mirrors: rows }
    io.out(options.output !== 'table' ? documentText(options.output, 'georep.mirror-delete/1', view) : renderMirrorDelete(rows, styleOf(io))) // prettier-ignore
  }
  const plannedRows = planned.map(({ word, plan, settled }) => deletedRow(word, plan, settled))
  if (options.dryRun) {
    print(plannedRows)
    return end(planned.flatMap(({ settled }) => (settled === undefined ? [] : [settled])), options, context) // prettier-ignore
  }
  if (planned.some(({ settled }) => settled === undefined)) {
    io.err(`${renderMirrorDelete(plannedRows, styleOf({ hasColor: false }))}\n`)
    await confirmTyped(confirmation, { signal })
  }
  const outcomes: Outcome[] = []
  const rows: DeletedRow[] = []
  for (const { word, plan, settled } of planned) {
    const outcome = settled ?? (await deleteOne(opened, word, plan, outcomes.length === 0, options, context))
    outcomes.push(outcome)
    rows.push(deletedRow(word, plan, outcome))
  }
  print(rows)
  return end(outcomes, options, context)
}

function confirmationOf({ words, link, confirm, withTopic }: MirrorDeleteOptions, { io }: Context): Confirmation {
  const [only = '', ...others] = words
  const what = isPattern(only) ? `take pattern "${only}" off link "${link}"` : `take mirror "${only}" off link "${link}"${withTopic ? ' and delete its topic' : ''}` // prettier-ignore
  if (others.length === 0) return { what, expected: only, given: confirm, io }
  return { what: `take ${words.length} mirrors or patterns off link "${link}"${withTopic ? ' and delete the topics' : ''}`, expected: link, given: confirm, io } // prettier-ignore
}

async function planAll(
  { engine, target }: OpenLink,
  { words, withTopic }: MirrorDeleteOptions,
  { signal }: Context,
): Promise<readonly Planned[]> {
  const topics = words.filter((word) => !isPattern(word))
  const plans = await engine.planMirrorDeletion(target, topics, { signal, withTopics: withTopic })
  const planned: Planned[] = []
  for (const word of words) {
    const plan = plans.find(({ topic }) => topic === word)
    const settled =
      plan === undefined
        ? await engine.planLinkChange(target, { kind: 'removePattern', glob: word }, { signal })
        : plan.blockers.length === 0
          ? undefined
          : ({ kind: 'refused', why: plan.blockers.join('; ') } as const)
    planned.push({ word, plan, settled })
  }
  return planned
}

async function deleteOne(
  { engine, target }: OpenLink,
  word: string,
  plan: MirrorDeletionPlan | undefined,
  isFirst: boolean,
  options: MirrorDeleteOptions,
  context: Context,
): Promise<Outcome> {
  const { signal } = context
  if (isAborted(signal)) return { kind: 'pending', why: 'interrupted before it began' }
  const by = actOf(context, 'mirror delete', options)
  try {
    if (plan !== undefined) await engine.deleteMirror(target, plan, by, { signal })
    else return (await engine.alterLink(target, { kind: 'removePattern', glob: word }, by, { signal })).outcome
    return { kind: 'applied' }
  } catch (thrown) {
    const error = explained(thrown)
    // Someone else holds the link: that is what the script has to know, as long as nothing was done.
    if (isFirst && error instanceof GeorepError && (error.kind === 'conflict' || error.kind === 'interrupted')) throw error // prettier-ignore
    return outcomeOfError(thrown)
  }
}

function end(outcomes: readonly Outcome[], options: MirrorDeleteOptions, context: Context): ExitCode {
  const verdict = verdictOf(outcomes)
  const next = commandLine(options, 'mirror', 'list', '--link', options.link)
  if (verdict === 'done') {
    context.io.err(`next: ${printable(next)}\n`)
    return ExitCode.ok
  }
  const again = commandLine(options, 'mirror', 'delete', ...options.words, '--link', options.link, ...(options.withTopic ? ['--with-topic'] : [])) // prettier-ignore
  const isHalf = outcomes.some(({ kind }) => kind === 'incomplete')
  const steps = [grantsOf(outcomes), isHalf ? again : undefined].filter((one) => one !== undefined)
  return endWithVerdict(
    verdict,
    {
      code: 'GR-MIRROR-DELETE',
      message: `not all was taken off link "${options.link}": ${countedOutcomes(outcomes)}`,
      ...(outcomes.every(({ kind }) => kind === 'refused') ? { stateNow: 'nothing was changed' } : {}),
      next: steps.length === 0 ? next : steps.join('\n'),
    },
    context,
  )
}
