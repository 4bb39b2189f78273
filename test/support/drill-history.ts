import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunData } from '../../src/history/record.ts'
import { saveRun } from '../../src/history/save.ts'
import { jsonDocument } from '../../src/cli/json.ts'
import type { DrillVerdict } from '../../src/core/verdict.ts'
import { drillRun } from './drill-run.ts'
import { historyDeps } from './history-folder.ts'

/** The run of a drill as it is saved. */
export function drillData(verdict: DrillVerdict, more: Partial<RunData> = {}): RunData {
  const { result: _, ...run } = drillRun(verdict, more.mode === 'practice' ? 'practice' : 'sandbox')
  return { ...(JSON.parse(jsonDocument('georep.run/1', run)) as { readonly data: RunData }).data, ...more }
}

export interface DrillHistory {
  /** Has `runs` in it. */
  readonly base: string
  readonly folder: string
  readonly remove: () => void
}

/** A folder with those runs, saved one after the other. */
export async function drillHistoryOf(runs: Readonly<Record<string, RunData>>): Promise<DrillHistory> {
  const base = mkdtempSync(join(tmpdir(), 'georep-drills-'))
  const folder = join(base, 'runs')
  for (const [id, data] of Object.entries(runs)) await saveRun(folder, { id, data }, historyDeps)
  return {
    base,
    folder,
    remove: () => {
      rmSync(base, { recursive: true, force: true })
    },
  }
}

/** Times of a run that began on that day of December 2025. */
export function onDay(day: number): Pick<RunData, 'startedAt' | 'endedAt'> {
  const date = `2025-12-${day.toString().padStart(2, '0')}`
  return { startedAt: `${date}T10:00:00.000Z`, endedAt: `${date}T10:00:16.000Z` }
}
