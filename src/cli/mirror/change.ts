import { type Outcome, verdictOf } from '../../core/outcome.ts'
import type { Altered, MirrorChange, Obedience } from '../../engines/engine.ts'
import { actOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { documentText } from '../document.ts'
import { notYet, runnerText, withoutDryRun } from '../link/change.ts'
import { openLink } from '../open.ts'
import { printable } from '../printable.ts'
import { styleOf, type Style } from '../style.ts'
import { table } from '../table.ts'
import { countedOutcomes, endWithVerdict, outcomeCell, whyOf } from '../verdict.ts'
import type { MirrorChangeOptions } from './change-verb.ts'
import { mirrorCommand } from './which.ts'

/** One mirror that was paused or resumed, as documents show it. */
export interface MirrorChangeRow {
  readonly topic: string
  readonly outcome: Outcome['kind'] | 'planned'
  readonly why: string | null
  /** Whether the runner does so by now; null when it was not waited for. */
  readonly runner: Obedience | null
}

/** Pauses or resumes mirrors and waits for the runner, or says what would be done. */
export async function changeMirrors(
  options: MirrorChangeOptions,
  change: MirrorChange,
  context: Context,
): Promise<ExitCode> {
  const { io, signal } = context
  await using opened = await openLink(context, options, options.link)
  const { engine, target } = opened
  const altered = options.dryRun
    ? await engine.planMirrorsChange(target, options.topics, change, { signal })
    : await engine.alterMirrors(target, options.topics, change, actOf(context, `mirror ${change}`, options), { signal })
  const results = [...altered].map(([topic, one]) => ({ topic, ...resultOf(one) }))
  const outcomes = results.flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome]))
  const rows = results.map(({ topic, outcome, runner, did }): MirrorChangeRow => ({
    topic,
    outcome: outcome?.kind ?? 'planned',
    why: outcome === undefined ? null : (did ?? whyOf(outcome)),
    runner: runner ?? null,
  }))
  if (options.output !== 'table')
    io.out(documentText(options.output, 'georep.mirror-change/1', { link: options.link, change, mirrors: rows })) // prettier-ignore
  else if (rows.length > 0) io.out(renderMirrorChange(rows, styleOf(io)))
  else io.err('no mirrors\n')
  const verdict = verdictOf(outcomes)
  if (verdict === 'done') {
    const isRunnerMissing = change === 'resume' && results.some(({ runner }) => runner === 'noRunner')
    const isPlanned = rows.some(({ outcome }) => outcome === 'planned')
    io.err(`next: ${isPlanned ? withoutDryRun : printable(nextOf(options, change, isRunnerMissing))}\n`)
    return ExitCode.ok
  }
  return endWithVerdict(
    verdict,
    {
      code: 'GR-MIRROR-CHANGE',
      message: `not every mirror of link "${options.link}" is ${change}d: ${countedOutcomes(outcomes)}`,
      next: commandLine(options, 'mirror', 'list', '--link', options.link),
    },
    context,
  )
}

function resultOf(one: Altered | Outcome | undefined): {
  readonly outcome: Outcome | undefined
  readonly runner: Obedience | undefined
  readonly did: string | undefined
} {
  if (one === undefined || 'kind' in one) return { outcome: one, runner: undefined, did: undefined }
  return { outcome: one.runner === 'notYet' ? notYet : one.outcome, runner: one.runner, did: one.did }
}

export function renderMirrorChange(rows: readonly MirrorChangeRow[], style: Style): string {
  return table(
    ['TOPIC', 'OUTCOME', 'RUNNER', 'WHY'].map((title) => ({ title })),
    rows.map(({ topic, outcome, why, runner }) => [
      topic,
      outcomeCell(outcome, style),
      runner === null ? '-' : runnerText(runner),
      why ?? '',
    ]),
  )
}

function nextOf(options: MirrorChangeOptions, change: MirrorChange, isRunnerMissing: boolean): string {
  if (isRunnerMissing) return commandLine(options, 'link', 'run', options.link)
  if (change === 'resume') return commandLine(options, 'mirror', 'list', '--link', options.link)
  const { topics } = options
  return mirrorCommand({ ...options, which: topics === 'all' ? { kind: 'all' } : { kind: 'topics', topics } }, 'resume')
}
