import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  day,
  edit,
  historyDeps,
  historyFolderOf,
  runData,
  type HistoryFolder,
} from '../../test/support/history-folder.ts'
import { inChainOrder } from './chain.ts'
import { problemsOf, readHistory } from './read.ts'
import { saveRun } from './save.ts'

let history: HistoryFolder
beforeEach(async () => {
  history = await historyFolderOf(4)
})
afterEach(() => {
  history.remove()
})

/** What is wrong, as `where: what`. */
async function problems(): Promise<readonly string[]> {
  return problemsOf(await readHistory(history.folder)).map(({ id, name, what }) => `${id ?? name}: ${what}`)
}
const order = async (): Promise<readonly string[]> =>
  inChainOrder((await readHistory(history.folder)).placed).map(({ run }) => run.id)

describe('the chain of a folder', () => {
  it('is intact as it was saved, and of an empty one nothing is wrong', async () => {
    expect(await problems()).toEqual([])
    expect(problemsOf(await readHistory(join(history.folder, 'none')))).toEqual([])
  })

  it('names a record that was edited by hand', async () => {
    edit(history.file('r2'), '"pass"', '"fail"')
    expect(await problems()).toEqual(['r2: it was changed: "r3", saved after it, names it by another hash'])
  })

  it('names the newest record when that was edited: no other names it', async () => {
    edit(history.file('r4'), '"pass"', '"fail"')
    expect(await problems()).toEqual(['r4: it was changed: head.json names it by another hash'])
  })

  it('names a record that is missing, the first and the newest too', async () => {
    rmSync(history.file('r2'))
    expect(await problems()).toEqual(['r3: the record before it, "r2", is missing'])
    rmSync(history.file('r1'))
    expect(await problems()).toEqual(['r3: the record before it, "r2", is missing'])
    rmSync(history.file('r4'))
    expect(await problems()).toContain('r4: the record saved last, "r4", is missing')
    rmSync(history.file('r3'))
    expect(await problems()).toEqual(['r4: the record saved last, "r4", is missing'])
  })

  it('names records that changed places', async () => {
    const aside = join(history.folder, 'aside')
    renameSync(history.file('r2'), aside)
    renameSync(history.file('r3'), history.file('r2'))
    renameSync(aside, history.file('r3'))
    expect(await problems()).toEqual([
      'r3: its file is not named after it: that would be 20260103T000000Z-r3.json',
      'r2: its file is not named after it: that would be 20260102T000000Z-r2.json',
    ])
  })

  it('names a record that cannot be read, and the one that names it', async () => {
    writeFileSync(history.file('r2'), '{"schema":"georep.run/1",')
    expect(await problems()).toEqual([
      'r3: the record before it, "r2", cannot be read',
      '20260102T000000Z-r2.json: not JSON',
    ])
    writeFileSync(history.file('r2'), Buffer.from([0xff, 0xfe]))
    expect((await problems()).at(-1)).toBe('20260102T000000Z-r2.json: not JSON')
  })

  it('names a copy', async () => {
    copyFileSync(history.file('r3'), join(history.folder, 'copy.json'))
    expect(await problems()).toEqual([
      'r3: another record has the same id',
      'r3: its file is not named after it: that would be 20260103T000000Z-r3.json',
      'r3: another record has the same id',
    ])
  })

  it('names an end of the chain that is damaged', async () => {
    writeFileSync(join(history.folder, 'head.json'), '{"id":')
    expect(await problems()).toEqual(['head.json: not JSON'])
    writeFileSync(join(history.folder, 'head.json'), '{"id":"r4"}')
    expect(await problems()).toEqual(['head.json: not the end of a chain'])
  })

  it('holds without its end, as where only records were copied, and is one again after the next save', async () => {
    rmSync(join(history.folder, 'head.json'))
    expect(await problems()).toEqual([])
    await saveRun(history.folder, { id: 'r5', data: runData(5) }, historyDeps)
    expect(await order()).toEqual(['r1', 'r2', 'r3', 'r4', 'r5'])
    edit(history.file('r5'), '"pass"', '"fail"')
    expect(await problems()).toHaveLength(1)
  })

  it('still shows what was changed or lost after more was saved', async () => {
    edit(history.file('r4'), '"pass"', '"fail"')
    await saveRun(history.folder, { id: 'r5', data: runData(5) }, historyDeps)
    expect(await problems()).toEqual(['r4: it was changed: "r5", saved after it, names it by another hash'])
    rmSync(history.file('r5'))
    await saveRun(history.folder, { id: 'r6', data: runData(6) }, historyDeps)
    expect(await problems()).toContain('r6: the record before it, "r5", is missing')
  })

  it('follows what was saved, not the clock, which may go back', async () => {
    await saveRun(
      history.folder,
      { id: 'r0', data: runData(1, { startedAt: day(1).replace('00:', '01:') }) },
      historyDeps,
    )
    await saveRun(history.folder, { id: 'r7', data: runData(7) }, historyDeps)
    expect(await problems()).toEqual([])
    expect(await order()).toEqual(['r1', 'r2', 'r3', 'r4', 'r0', 'r7'])
  })

  it('takes a record that was saved before the end was written: its save was cut short', async () => {
    const head = join(history.folder, 'head.json')
    const before = readFileSync(head)
    await saveRun(history.folder, { id: 'r5', data: runData(5) }, historyDeps)
    writeFileSync(head, before)
    expect(await problems()).toEqual([])
    await saveRun(history.folder, { id: 'r6', data: runData(6) }, historyDeps)
    expect(await problems()).toEqual([])
    expect(await order()).toEqual(['r1', 'r2', 'r3', 'r4', 'r5', 'r6'])
  })

  it('does not write over a run with the same id', async () => {
    const again = saveRun(history.folder, { id: 'r2', data: runData(2, { verdict: 'fail' }) }, historyDeps)
    await expect(again).rejects.toMatchObject({ code: 'GR-HISTORY-WRITE' })
    expect(await problems()).toEqual([])
  })
})
