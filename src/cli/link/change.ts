import type { Config } from '../../config/load.ts'
import { type Outcome, verdictOf } from '../../core/outcome.ts'
import type { LinkChange, LinkTarget, Obedience } from '../../engines/engine.ts'
import { actOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { documentText } from '../document.ts'
import { openLink } from '../open.ts'
import type { OutputFormat } from '../args.ts'
import { printable } from '../printable.ts'
import { styleOf, type Style } from '../style.ts'
import { facts } from '../table.ts'
import { endWithVerdict, paintOfOutcome, whyOf } from '../verdict.ts'
import type { GlobalOptions } from '../wiring.ts'

/** What is printed of a change of a link; the `data` of its JSON document. */
export interface LinkChangeView {
  readonly link: string
  readonly change: string
  readonly outcome: Outcome['kind'] | 'planned'
  readonly why: string | null
  /** What it means, one sentence each, where that is looked at before. */
  readonly details: readonly string[]
  /** Whether the runner does so by now; null when it was not waited for. */
  readonly runner: Obedience | null
  readonly next: string
}

interface Words {
  /** `link pause`. */
  readonly act: string
  /** What it is when it is done. */
  readonly done: string
  readonly next: readonly string[]
  /** What the change means, looked at before it is made. */
  readonly details?: (target: LinkTarget, options: { readonly signal: AbortSignal }) => Promise<readonly string[]>
}

interface ChangeOptions extends GlobalOptions {
  readonly name: string
  readonly dryRun: boolean
  readonly takeOver: boolean
  readonly output: OutputFormat
}

/** Changes the link's record and waits for its runner, or says what would be changed. */
export async function changeLink(
  options: ChangeOptions,
  asked: LinkChange | ((target: LinkTarget, config: Config) => LinkChange | Promise<LinkChange>),
  words: Words,
  context: Context,
): Promise<ExitCode> {
  const { io, signal } = context
  await using opened = await openLink(context, options, options.name)
  const { engine, target, config } = opened
  const change = typeof asked === 'function' ? await asked(target, config) : asked
  const details = (await words.details?.(target, { signal })) ?? []
  const altered = options.dryRun
    ? { outcome: await engine.planLinkChange(target, change, { signal }), runner: undefined }
    : await engine.alterLink(target, change, actOf(context, words.act, options), { signal })
  const outcome = altered.runner === 'notYet' ? notYet : altered.outcome
  const isRunnerMissing = altered.runner === 'noRunner' && change.kind !== 'pause'
  const view: LinkChangeView = {
    link: options.name,
    change: words.done,
    outcome: outcome?.kind ?? 'planned',
    why: outcome === undefined ? null : whyOf(outcome),
    details,
    runner: altered.runner ?? null,
    next:
      outcome === undefined
        ? withoutDryRun
        : commandLine(options, ...(isRunnerMissing ? ['link', 'run', options.name] : words.next)),
  }
  if (options.output !== 'table') io.out(documentText(options.output, 'georep.link-change/1', view))
  else io.out(renderLinkChange(view, styleOf(io)))
  const verdict = outcome === undefined ? 'done' : verdictOf([outcome])
  if (verdict === 'done') io.err(`next: ${printable(view.next)}\n`)
  return endWithVerdict(
    verdict,
    {
      code: outcome === notYet ? 'GR-RUNNER-NOT-YET' : 'GR-LINK-CHANGE',
      message: `link "${options.name}": ${view.why ?? ''}`,
      next: commandLine(options, 'link', 'describe', options.name),
    },
    context,
  )
}

/** What comes after a dry run that has shown something to be done. */
export const withoutDryRun = 'the same command without --dry-run'

/** For a change that is written down, and that the runner has not said to follow. */
export const notYet: Outcome = {
  kind: 'pending',
  why: 'it is written down, and the runner has not said that it does so yet; run the command again to ask it',
}

export function renderLinkChange(view: LinkChangeView, style: Style): string {
  const { link, change, outcome, why, details, runner } = view
  const paint = paintOfOutcome(outcome, style)
  return facts([
    ['Link', link],
    ['Change', change],
    ['Outcome', { text: why === null ? outcome : `${outcome}: ${why}`, paint }],
    ...details.map((one) => ['Which means', one] as const),
    ...(runner === null ? [] : [['Runner', runnerText(runner)] as const]),
  ])
}

export function runnerText(runner: Obedience): string {
  return {
    obeyed: 'does so; nothing else is under way',
    noRunner: 'none lives; nothing moves, and one that starts does so',
    notYet: 'has not said that it does so yet',
  }[runner]
}
