import { GeorepError } from '../../core/errors.ts'
import type { Runbook } from '../../runbook/load.ts'
import type { Decision, Decisions } from '../../runbook/past.ts'
import { commandLine } from '../command-line.ts'
import { whereFlags } from '../history/where.ts'
import type { GlobalOptions } from '../wiring.ts'

/** What the operator says about steps of which nobody knows how they ended. */
export interface DecisionOptions {
  readonly redo?: readonly string[] | undefined
  readonly skip?: readonly string[] | undefined
}

/**
 * By the ids of steps. A run that is gone on with may come to its rollback, one that is given up comes to nothing else.
 *
 * @throws GeorepError "usage"
 */
export function decisionsOf(
  { redo = [], skip = [], id, ...options }: DecisionOptions & GlobalOptions & { readonly id: string; readonly historyDir: string | undefined }, // prettier-ignore
  { name, steps, rollback }: Runbook,
  verb: 'resume' | 'abort',
): Decisions {
  const known = [...(verb === 'abort' ? [] : steps), ...rollback].map((step) => step.id)
  for (const step of [...redo, ...skip]) {
    const why = !known.includes(step)
      ? `${verb === 'abort' ? 'the rollback of runbook' : 'runbook'} "${name}" has no step "${step}"`
      : redo.includes(step) && skip.includes(step)
        ? `step "${step}" is to be done again and to be left out`
        : undefined
    if (why === undefined) continue
    const next = commandLine(options, 'runbook', verb, id, '--dry-run', ...whereFlags(options.historyDir))
    throw new GeorepError('usage', 'GR-USAGE', why, { next })
  }
  return new Map<string, Decision>([
    ...redo.map((step) => [step, 'redo'] as const),
    ...skip.map((step) => [step, 'skip'] as const),
  ])
}
