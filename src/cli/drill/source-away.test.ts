import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { capturedContext, run } from '../../../test/support/context.ts'
import { bringBack, leftAway, leftAwayText, noteAway } from './source-away.ts'

let folder: string
let context: ReturnType<typeof capturedContext>['context']
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "georep it's away-"))
  mkdirSync(join(folder, 'work'))
  ;({ context } = capturedContext({ cwd: join(folder, 'work') }))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const about = { link: 'east-west', undo: `echo "$GEOREP_LINK isn't cut" > out`, isAll: false }

it('what brings the source back is on disk, for its owner alone, until it is back', async () => {
  const { isBack, file } = await noteAway('ab12', about, folder, context)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(await leftAway(folder, context)).toMatchObject([{ id: 'ab12', ...about, cwd: join(folder, 'work') }])
  await isBack()
  expect(await leftAway(folder, context)).toEqual([])
  expect(existsSync(join(folder, 'runs', 'ab12'))).toBe(false)
})

it('the command that is printed works as it is, from wherever it is typed, and once', async () => {
  await noteAway('ab12', { ...about, isAll: true }, folder, context)
  const [left] = await leftAway(folder, context)
  if (left === undefined) throw new Error('nothing was left')
  const text = leftAwayText(left)
  expect(text).toContain('drill "ab12" took the source of link "east-west" away')
  expect(text).toContain('mirrors of the link may be STOPPED')
  expect(text.endsWith(`; next: ${bringBack(left)}`)).toBe(true)
  execFileSync('sh', ['-c', bringBack(left)], { cwd: tmpdir() })
  expect(readFileSync(join(folder, 'work', 'out'), 'utf8')).toBe("east-west isn't cut\n")
  expect(await leftAway(folder, context)).toEqual([])
})

it('stays where the command fails, and nothing is left where there was no drill', async () => {
  expect(await leftAway(folder, context)).toEqual([])
  await noteAway('ab12', { ...about, undo: 'exit 3' }, folder, context)
  const [left] = await leftAway(folder, context)
  expect(() => execFileSync('sh', ['-c', bringBack(left!)])).toThrow()
  expect(await leftAway(folder, context)).toHaveLength(1)
})

it('is told where it cannot be written, before the source is taken away', async () => {
  const blocked = join(folder, 'work', 'file')
  execFileSync('touch', [blocked])
  await expect(noteAway('ab12', about, blocked, context)).rejects.toMatchObject({ code: 'GR-JOURNAL-WRITE', stateNow: 'the source was not taken away' }) // prettier-ignore
})

it.each([
  [['link', 'describe', 'east-west'], true],
  [['link', 'describe', 'east-north'], false],
  [['link', 'list'], true],
])('is told by georep %j, of links that it is about, also where no cluster can be asked', async (argv, isTold) => {
  await noteAway('ab12', about, folder, context)
  const { code, err } = await run(argv, { cwd: join(folder, 'work'), env: { GEOREP_HISTORY: folder } })
  expect(code).not.toBe(0)
  const [left] = await leftAway(folder, context)
  expect(err.startsWith(`warning: by the run history on this machine, which alone knows: ${leftAwayText(left!)}\n`)).toBe(isTold) // prettier-ignore
  expect(err.includes('drill "ab12"')).toBe(isTold)
})
