import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { historyDeps, historyFolderOf, type HistoryFolder } from '../../test/support/history-folder.ts'
import { exportLines, readExport } from './export.ts'
import { pruneRuns } from './prune.ts'
import { readHistory } from './read.ts'

const { signal } = new AbortController()
let history: HistoryFolder
let file: string
let lines: string[]
beforeEach(async () => {
  history = await historyFolderOf(4)
  await pruneRuns(history.folder, { kind: 'newest', count: 3 }, historyDeps, {
    isBrokenAccepted: false,
    signal,
    onPruned: () => undefined,
  })
  file = join(history.folder, '..', 'runs.jsonl')
  lines = []
  const about = { georepVersion: '0.1.0', exportedAt: '2026-02-01T00:00:00.000Z' }
  for await (const line of exportLines(history.folder, await readHistory(history.folder), about)) lines.push(line)
})
afterEach(() => {
  history.remove()
})

async function problems(given: readonly string[]): Promise<readonly string[]> {
  writeFileSync(file, given.join(''))
  const read = await readExport(file, { signal })
  return read.problems.map(({ id, name, what }) => `${id ?? name.replace(/.*\//, '')}: ${what}`)
}

describe('an export', () => {
  it('is not waited for where nobody writes it: a pipe could not be interrupted', async () => {
    const pipe = `${file}.pipe`
    execFileSync('mkfifo', [pipe])
    await expect(readExport(pipe, { signal })).rejects.toMatchObject({
      code: 'GR-EXPORT-UNREADABLE',
      message: expect.stringContaining('it is not a regular file') as string,
    })
  })

  it('has every record byte by byte, in the order of the chain, and verifies', async () => {
    expect(lines).toHaveLength(5)
    const texts = lines.slice(1).map((line) => (JSON.parse(line) as { text: string }).text)
    expect(texts).toEqual(['r1', 'r2', 'r3', 'r4'].map((id) => readFileSync(history.file(id), 'utf8')))
    expect(await problems(lines)).toEqual([])
    expect((await readExport(file, { signal })).placed.map(({ run }) => run.id)).toEqual(['r1', 'r2', 'r3', 'r4'])
  })

  it('shows a record that was edited in it', async () => {
    expect(await problems(lines.map((line) => line.replace('\\"pass\\"', '\\"fail\\"')))).not.toEqual([])
    const third = lines.map((line, index) => (index === 3 ? line.replace('\\"pass\\"', '\\"fail\\"') : line))
    expect(await problems(third)).toEqual(['r3: it was changed: "r4", saved after it, names it by another hash'])
  })

  it('shows lines that are missing, in another order, or torn', async () => {
    const [head = '', r1 = '', r2 = '', r3 = '', r4 = ''] = lines
    expect(await problems([head, r1, r3, r4])).toEqual([
      'runs.jsonl: it begins with the number of its records, 4, and there are 3',
      'r3: the record before it, "r2", is missing',
    ])
    expect(await problems([head, r1, r2, r3])).toEqual([
      'runs.jsonl: it begins with the number of its records, 4, and there are 3',
      'r4: the record saved last, "r4", is missing',
    ])
    expect(await problems([head, r1, r3, r2, r4])).toEqual([
      'r3: its line does not come after that of the record before it',
      'r2: its line does not come after that of the record before it',
      'r4: its line does not come after that of the record before it',
    ])
    expect((await problems([head, r1, r2, r3, r4.slice(0, 40)]))[0]).toBe('line 5: not a line of an export')
  })

  it.each([
    ['nothing', ''],
    ['a record', '{"schema":"georep.run/1","id":"a"}\n'],
    ['no JSON', 'ID  STARTED\n'],
  ])('is not %s', async (_, text) => {
    await expect(problems([text])).rejects.toMatchObject({ kind: 'usage', code: 'GR-EXPORT-UNREADABLE' })
  })

  it('is not a file that is not there', async () => {
    await expect(readExport(join(history.folder, 'none'), { signal })).rejects.toMatchObject({
      code: 'GR-EXPORT-UNREADABLE',
    })
  })
})
