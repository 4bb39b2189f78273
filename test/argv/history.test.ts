import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parsed, run, type Ran } from '../support/context.ts'
import { edit, historyFolderOf, type HistoryFolder } from '../support/history-folder.ts'

// Bad input of the `history` verbs, with exit codes, and nothing changed.

let history: HistoryFolder
let before: string
beforeEach(async () => {
  history = await historyFolderOf(3)
  before = everything()
})
afterEach(() => {
  history.remove()
})

function everything(): string {
  return readdirSync(history.folder)
    .map((name) => `${name}\n${readFileSync(join(history.folder, name), 'utf8')}`)
    .join('')
}

async function refused(argv: readonly string[], overrides: NonNullable<Parameters<typeof run>[1]> = {}): Promise<Ran> {
  const result = await run(['history', ...argv, '--history-dir', history.folder], overrides)
  expect(everything()).toBe(before)
  return result
}

it.each([
  [['prune'], `missing "--keep" or "--older-than"`],
  [['prune', '--keep', '3', '--older-than', '1d'], 'exclude each other'],
  [['prune', '--keep', '0'], 'whole number above zero'],
  [['prune', '--keep', '-1'], 'whole number above zero'],
  [['prune', '--older-than', '90'], 'duration with a unit'],
  [['prune', '--older-than', '0s'], 'duration above zero'],
  [['verify', '--file', 'a', '--history-dir', 'b'], 'exclude each other'],
  [['show'], 'missing required argument'],
])('georep history %j: exit 2', async (argv, message) => {
  const { code, err, options } = await parsed(['history', ...argv])
  expect({ code, options }).toEqual({ code: 2, options: undefined })
  expect(err).toContain(message)
})

describe('prune', () => {
  it('is refused without a terminal and --confirm, and with another name', async () => {
    expect((await refused(['prune', '--keep', '1'])).code).toBe(5)
    const { code, err } = await refused(['prune', '--keep', '1', '--confirm', 'hist'])
    expect(code).toBe(5)
    expect(err).toContain('next: the same command with --confirm history\n')
  })

  it('is refused when something else is typed, after it was shown what would go', async () => {
    const io = { canPrompt: true, ask: async () => await Promise.resolve('yes') }
    const { code, err } = await refused(['prune', '--keep', '1'], { io })
    expect(code).toBe(5)
    expect(err).toMatch(/^ID .*\nr1 .*\nr2 .*\n[^]*GR-CONFIRM-DECLINED/)
  })

  it('is done when the name is typed', async () => {
    const io = { canPrompt: true, ask: async () => await Promise.resolve('history') }
    const { code, out } = await run(['history', 'prune', '--keep', '1', '--history-dir', history.folder], { io })
    expect(code).toBe(0)
    expect(out).toMatch(/^ID .*\nr1 .*\nr2 .*\n$/)
  })

  it('refuses a broken chain, and with --accept-broken does not mend it', async () => {
    edit(history.file('r2'), '"pass"', '"fail"')
    before = everything()
    expect((await refused(['prune', '--keep', '1', '--confirm', 'history'])).code).toBe(5)
    const argv = ['history', 'prune', '--keep', '1', '--confirm', 'history', '--accept-broken']
    expect((await run([...argv, '--history-dir', history.folder])).code).toBe(0)
    expect((await run(['history', 'verify', '--history-dir', history.folder])).code).toBe(1)
  })

  it('says how far it came when it was interrupted', async () => {
    const abort = new AbortController()
    let ids = 0
    const newId = (): string => {
      if (++ids === 2) abort.abort(new Error('stop'))
      return `id${ids}`
    }
    const argv = ['history', 'prune', '--keep', '1', '--confirm', 'history', '--history-dir', history.folder]
    const { code, err } = await run(argv, { newId, signal: abort.signal })
    expect(code).toBe(6)
    expect(err).toContain('GR-PRUNE-INCOMPLETE: 1 of 2 records were pruned')
    expect((await run(argv)).code).toBe(0)
  })
})

describe('export', () => {
  it('does not write over a file', async () => {
    const file = join(dirname(history.folder), 'there')
    writeFileSync(file, 'mine')
    expect((await refused(['export', '--file', file])).code).toBe(5)
    expect(readFileSync(file, 'utf8')).toBe('mine')
  })

  it('says that it cannot write, and leaves nothing half written', async () => {
    const { code, err } = await refused(['export', '--file', join(history.folder, 'none', 'file')])
    expect(code).toBe(1)
    expect(err).toContain('GR-FILE-WRITE')
    const abort = new AbortController()
    abort.abort(new Error('stop'))
    const file = join(dirname(history.folder), 'part')
    await expect(refused(['export', '--file', file], { signal: abort.signal })).rejects.toThrow('stop')
    expect(existsSync(file)).toBe(false)
  })

  it('of nothing is nothing, which verify does not call intact', async () => {
    const empty = join(dirname(history.folder), 'empty')
    mkdirSync(empty)
    const file = join(empty, '..', 'empty.jsonl')
    expect((await run(['history', 'export', '--history-dir', empty, '--file', file])).code).toBe(0)
    expect((await run(['history', 'verify', '--file', file])).code).toBe(4)
  })
})

it('a folder that cannot be listed is exit 1 for every verb', async () => {
  const file = history.file('r1')
  for (const argv of [['list'], ['verify'], ['export'], ['show', 'r1'], ['prune', '--keep', '1', '--dry-run']]) {
    const { code, err } = await run(['history', ...argv, '--history-dir', file])
    expect({ argv, code }).toEqual({ argv, code: 1 })
    expect(err).toContain('GR-HISTORY-UNREADABLE')
  }
})

it('files that are not records are named and left alone: they break no chain', async () => {
  writeFileSync(join(history.folder, 'notes.txt'), 'call Ada')
  mkdirSync(join(history.folder, 'old'))
  const left =
    'warning: "notes.txt" is not a record of georep, and is left alone\nwarning: "old" is not a record of georep, and is left alone\n'
  const at = ['--history-dir', history.folder]
  const verified = await run(['history', 'verify', ...at])
  expect(verified).toMatchObject({ code: 0, err: left })
  expect(verified.out).toMatch(/^Chain: +intact$/m)
  expect(await run(['history', 'export', ...at])).toMatchObject({ code: 0, err: left })
  const { code, err } = await run(['history', 'prune', '--keep', '1', '--confirm', 'history', ...at])
  expect(code).toBe(0)
  expect(err).toContain(left)
  expect(readFileSync(join(history.folder, 'notes.txt'), 'utf8')).toBe('call Ada')
  expect(existsSync(join(history.folder, 'old'))).toBe(true)

  // What is called as a record is one that was damaged.
  writeFileSync(join(history.folder, '20260109T000000Z-r9.json'), 'call Ada')
  expect((await run(['history', 'verify', ...at])).code).toBe(1)
})
