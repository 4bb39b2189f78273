import { failuresOf, GeorepError, messageOf, type ErrorKind } from '../../core/errors.ts'
import { historyFolder } from '../../history/folder.ts'
import type { RunStatus } from '../../history/record.ts'
import { saveRun } from '../../history/save.ts'
import { operatorText } from '../actor.ts'
import type { Context } from '../context.ts'
import { explained } from '../explained.ts'
import type { Progress } from '../progress.ts'
import type { DrillOptions } from './options.ts'
import type { Exercise } from './scenarios.ts'
import { writeReports } from './write-report.ts'

/** What a drill that threw is on record as; one that threw anything else has failed. */
const statuses: Partial<Record<ErrorKind, RunStatus>> = {
  refused: 'aborted',
  unsupported: 'aborted',
  conflict: 'aborted',
  denied: 'aborted',
  interrupted: 'interrupted',
  incomplete: 'incomplete',
  timedOut: 'incomplete',
}

/**
 * Leaves a record of a drill that came to no verdict, and why: one that was tried and is not on record looks as if nobody had. A command line or a
 * file that was wrong began no drill and leaves none. Never throws: what ended the drill is what has to be told.
 */
export async function recordUnfinished(
  thrown: unknown,
  {
    id,
    more,
    ...head
  }: {
    readonly id: string
    readonly startedAt: string
    readonly mode: Exercise['mode']
    readonly scenario: string
    readonly scope: string
    readonly more: Readonly<Record<string, unknown>>
  },
  options: Pick<DrillOptions, 'historyDir' | 'config' | 'report'>,
  context: Pick<Context, 'io' | 'env' | 'cwd' | 'home' | 'time' | 'newId' | 'signal' | 'version' | 'hostname' | 'user'>,
  { note }: Pick<Progress, 'note'>,
): Promise<void> {
  const { historyDir } = options
  const { work } = failuresOf(thrown)
  // A library that was told to stop throws an error of its own.
  const error =
    context.signal.aborted && !(work instanceof GeorepError) ? (context.signal.reason as unknown) : explained(work)
  const isOurs = error instanceof GeorepError
  if (isOurs && (error.kind === 'usage' || error.kind === 'config')) return
  try {
    const { file } = await saveRun(
      historyFolder(historyDir, context),
      {
        id,
        data: {
          kind: 'drill',
          ...head,
          status: isOurs ? (statuses[error.kind] ?? 'failed') : 'failed',
          verdict: 'unknown',
          endedAt: context.time.now().toISOString(),
          georepVersion: context.version,
          operator: operatorText(context),
          ...more,
          error: {
            code: isOurs ? error.code : 'GR-BUG',
            message: messageOf(error),
            stateNow: (isOurs ? error.stateNow : undefined) ?? null,
            data: (isOurs ? error.data : undefined) ?? null,
          },
        },
      },
      context,
    )
    note(`saved as ${file}`)
    await writeReports(id, options, context, { note })
  } catch (failure) {
    note(`warning: ${messageOf(failure)}`)
  }
}
