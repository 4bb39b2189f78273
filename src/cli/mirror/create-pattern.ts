import type { Outcome } from '../../core/outcome.ts'
import type { Act } from '../../engines/engine.ts'
import type { Context } from '../context.ts'
import type { OpenLink } from '../open.ts'
import { printable } from '../printable.ts'
import { whyOf } from '../verdict.ts'
import type { MirrorCreateOptions } from './create-options.ts'
import type { CreatedPatternRow } from './create-view.ts'

export interface CreatedPattern {
  readonly row: CreatedPatternRow
  /** Undefined when nothing stands in its way, and it was only planned. */
  readonly outcome: Outcome | undefined
  /** Topics of the source that match now and have no mirror; empty when the pattern was refused. */
  readonly missing: readonly string[]
}

/** Keeps one pattern on the link, or says whether it could be kept. */
export async function createPattern(
  { engine, target }: OpenLink,
  glob: string,
  { prefix = '', autoCreate, dryRun }: MirrorCreateOptions,
  by: Act,
  { io, signal }: Context,
): Promise<CreatedPattern> {
  const pattern = { glob, prefix, isAutoCreate: autoCreate, except: [] }
  const change = { kind: 'addPattern', pattern } as const
  // The source is asked first: nothing is kept when it does not answer.
  const { missing, mirrored, unseen } = await engine.matchTopics(target, pattern, { signal })
  if (unseen !== undefined) io.err(`warning: ${printable(unseen)}\n`)
  const outcome = dryRun
    ? await engine.planLinkChange(target, change, { signal })
    : (await engine.alterLink(target, change, by, { signal })).outcome
  const row: CreatedPatternRow = {
    pattern: glob,
    prefix,
    isAutoCreate: autoCreate,
    outcome: outcome?.kind ?? 'planned',
    why: outcome === undefined ? null : whyOf(outcome),
    mirrored: mirrored.length,
    leftOut: [],
  }
  return { row, outcome, missing: outcome?.kind === 'refused' ? [] : missing }
}
