import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LockDeps } from '../../src/history/lock.ts'
import type { RunData } from '../../src/history/record.ts'
import { saveRun } from '../../src/history/save.ts'

export interface HistoryFolder {
  readonly folder: string
  /** The files by the id of their run. */
  readonly file: (id: string) => string
  readonly remove: () => void
}

/** The n-th day on which something was recorded. */
export const day = (n: number): string => `2026-01-${n.toString().padStart(2, '0')}T00:00:00.000Z`

export const historyTime: LockDeps['time'] = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  wait: async (ms, signal) => {
    await sleep(ms, undefined, { signal })
  },
}

let ids = 0
export const historyDeps: LockDeps = { newId: () => `id${(ids++).toString()}`, time: historyTime }

export function runData(n: number, more: Partial<RunData> = {}): RunData {
  const head = { kind: 'drill', mode: 'sandbox', scope: 'east-west', status: 'completed', verdict: 'pass' } as const
  return {
    ...head,
    startedAt: day(n),
    endedAt: day(n),
    georepVersion: '0.1.0',
    ledger: { source: [['long']], destination: [] },
    ...more,
  }
}

/** A folder with the runs r1, r2 and so on, one a day, each in a file of its own as `saveRun` makes them. */
export async function historyFolderOf(runs: number): Promise<HistoryFolder> {
  const base = mkdtempSync(join(tmpdir(), 'georep-history-'))
  const folder = join(base, 'history')
  for (let n = 1; n <= runs; n++) await saveRun(folder, { id: `r${n}`, data: runData(n) }, historyDeps)
  return {
    folder,
    file: (id) => join(folder, `202601${id.slice(1).padStart(2, '0')}T000000Z-${id}.json`),
    remove: () => {
      rmSync(base, { recursive: true, force: true })
    },
  }
}

/** As somebody with an editor. */
export function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8')
  if (!text.includes(from)) throw new Error(`"${from}" is not in ${file}`)
  writeFileSync(file, text.replace(from, to))
}
