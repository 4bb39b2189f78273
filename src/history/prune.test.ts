import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { day, edit, historyDeps, historyFolderOf, type HistoryFolder } from '../../test/support/history-folder.ts'
import { GeorepError } from '../core/errors.ts'
import { planPrune, pruneRuns, type Keep } from './prune.ts'
import { listRuns, problemsOf, readHistory, readRun } from './read.ts'

let history: HistoryFolder
beforeEach(async () => {
  history = await historyFolderOf(5)
})
afterEach(() => {
  history.remove()
})

const keep = (count: number): Keep => ({ kind: 'newest', count })

async function prune(what: Keep, isBrokenAccepted = false, deps = historyDeps): Promise<readonly string[]> {
  const pruned: string[] = []
  const { signal } = new AbortController()
  await pruneRuns(history.folder, what, deps, {
    isBrokenAccepted,
    signal,
    onPruned: ({ run }) => pruned.push(run.id),
  })
  return pruned
}

/** By a reader of its own. */
function schemas(): Record<string, unknown> {
  return Object.fromEntries<string>(
    readdirSync(history.folder)
      .filter((name) => name.startsWith('2026'))
      .map((name) => {
        const { id, schema } = JSON.parse(readFileSync(join(history.folder, name), 'utf8')) as {
          readonly id: string
          readonly schema: string
        }
        return [id, schema] as const
      }),
  )
}
const problems = async (): Promise<readonly string[]> =>
  problemsOf(await readHistory(history.folder)).map(({ id, name, what }) => `${id ?? name}: ${what}`)

describe('pruning', () => {
  it('leaves stubs, of which the chain still verifies, and what a listing shows', async () => {
    const before = (await readHistory(history.folder)).placed.map(({ run }) => run.hash)
    expect(await prune(keep(2))).toEqual(['r1', 'r2', 'r3'])
    const [stub, run] = ['georep.run-stub/1', 'georep.run/1']
    expect(schemas()).toEqual({ r1: stub, r2: stub, r3: stub, r4: run, r5: run })
    expect(await problems()).toEqual([])
    expect((await readHistory(history.folder)).placed.map((one) => one.run.hash)).toEqual(before)
    expect(JSON.parse(readFileSync(history.file('r2'), 'utf8'))).toMatchObject({
      id: 'r2',
      hash: before[1],
      previous: before[0],
      verdict: 'pass',
      startedAt: day(2),
    })
    expect(readFileSync(history.file('r2'), 'utf8')).not.toContain('ledger')
    expect((await listRuns(history.folder)).map((entry) => entry.kind)).toEqual(Array(5).fill('run'))
    expect(await readRun(history.folder, 'r1')).toMatchObject({ record: undefined, run: { id: 'r1', verdict: 'pass' } })
  })

  it('prunes by age what ended before, and what comes from the future never', async () => {
    expect(await prune({ kind: 'since', ms: Date.parse(day(3)) })).toEqual(['r1', 'r2'])
    expect(await prune({ kind: 'since', ms: Date.parse(day(3)) })).toEqual([])
    expect(await planPrune(history.folder, keep(1))).toMatchObject({ kept: 1, stubs: 2 })
  })

  it('shows a stub that was edited, and a record that was edited before it was pruned', async () => {
    await prune(keep(2))
    edit(history.file('r2'), '"pass"', '"fail"')
    expect(await problems()).toContain('20260102T000000Z-r2.json: the stub was changed after it was written')
    edit(history.file('r2'), '"fail"', '"pass"')
    expect(await problems()).toEqual([])
    edit(history.file('r4'), '"pass"', '"fail"')
    const changed = await problems()
    expect(changed).toHaveLength(1)
    expect(await prune(keep(1), true)).toEqual(['r4'])
    expect(await problems()).toEqual(changed)
  })

  it('refuses a broken chain, and changes nothing', async () => {
    edit(history.file('r2'), '"pass"', '"fail"')
    const before = schemas()
    await expect(prune(keep(1))).rejects.toMatchObject({
      kind: 'refused',
      code: 'GR-HISTORY-BROKEN',
      message: expect.stringContaining('"r2": it was changed') as string,
    })
    expect(schemas()).toEqual(before)
  })

  it('stops between two records when it is told to', async () => {
    const abort = new AbortController()
    const reason = new GeorepError('interrupted', 'GR-INTERRUPTED', 'stop')
    const pruning = pruneRuns(history.folder, keep(1), historyDeps, {
      isBrokenAccepted: false,
      signal: abort.signal,
      onPruned: () => {
        abort.abort(reason)
      },
    })
    await expect(pruning).rejects.toBe(reason)
    expect(Object.values(schemas()).filter((schema) => schema === 'georep.run-stub/1')).toHaveLength(1)
    expect(await problems()).toEqual([])
    expect(readdirSync(history.folder).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('writes nothing more once another holds the folder', async () => {
    let ids = 0
    const newId = (): string => {
      // The owner, the first stub, and before the second one is in place somebody takes the lock of a process that was suspended.
      if (++ids === 3) writeFileSync(join(history.folder, '.lock'), 'another')
      return `own${ids}`
    }
    await expect(prune(keep(1), false, { ...historyDeps, newId })).rejects.toMatchObject({ code: 'GR-HISTORY-LOCK' })
    expect(Object.values(schemas()).filter((schema) => schema === 'georep.run-stub/1')).toHaveLength(1)
    expect(readFileSync(join(history.folder, '.lock'), 'utf8')).toBe('another')
    expect(await problems()).toEqual([])
  })

  it('waits no longer than a lock may lie for one from a clock that went back since', async () => {
    const lock = join(history.folder, '.lock')
    writeFileSync(lock, 'gone')
    const future = new Date(Date.now() + 3_600_000)
    utimesSync(lock, future, future)
    let at = 0
    const time = {
      ...historyDeps.time,
      monotonic: () => at,
      wait: async () => {
        at += 1_000
        await Promise.resolve()
      },
    }
    expect(await prune(keep(4), false, { ...historyDeps, time })).toEqual(['r1'])
    expect(at).toBeGreaterThanOrEqual(10_000)
  })
})
