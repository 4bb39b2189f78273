import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { historyFolder } from './folder.ts'
import { listRuns, readRun, type RunEntry } from './read.ts'
import type { RunData } from './record.ts'
import type { LockDeps } from './lock.ts'
import { saveRun } from './save.ts'

let base: string
let folder: string
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'georep-history-'))
  folder = join(base, 'state', 'history')
})
afterEach(async () => {
  await rm(base, { recursive: true, force: true })
})

let ids = 0
const deps: LockDeps = {
  newId: () => `id${(ids++).toString()}`,
  time: {
    now: () => new Date(),
    monotonic: () => performance.now(),
    wait: async (ms, signal) => {
      await sleep(ms, undefined, { signal })
    },
  },
}

function data(startedAt: string, endedAt = startedAt): RunData {
  return {
    kind: 'drill',
    mode: 'sandbox',
    scope: 'east-west',
    status: 'completed',
    verdict: 'pass',
    startedAt,
    endedAt,
    georepVersion: '0.1.0',
    more: { lag: 9007199254740993n },
  }
}
const day = (n: number): string => `2026-01-0${n.toString()}T00:00:00.000Z`
const runs = async (): Promise<readonly (RunEntry & { kind: 'run' })[]> =>
  (await listRuns(folder)).filter((entry) => entry.kind === 'run')
const problems = async (): Promise<Record<string, string | undefined>> =>
  Object.fromEntries((await runs()).map((entry) => [entry.run.id, entry.chainProblem]))

describe('saveRun', () => {
  it('writes a file that only its owner can read, in a folder likewise, and leaves nothing beside it', async () => {
    const { file, record } = await saveRun(folder, { id: 'aa', data: data(day(1)) }, deps)
    expect(await readdir(folder)).toEqual(['20260101T000000Z-aa.json', 'head.json'])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    const written = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
    expect(written).toEqual({ ...record, more: { lag: '9007199254740993' } })
    expect(Object.keys(written).slice(0, 3)).toEqual(['schema', 'id', 'previous'])
    expect(written).toMatchObject({ schema: 'georep.run/1', id: 'aa', previous: null, previousId: null })
  })

  it('names the record saved before, which need not be the newest', async () => {
    await saveRun(folder, { id: 'b', data: data(day(2), day(3)) }, deps)
    await saveRun(folder, { id: 'a', data: data(day(1), day(4)) }, deps) // began first, ended last
    await saveRun(folder, { id: 'c', data: data(day(5)) }, deps)
    const hash = Object.fromEntries((await runs()).map((entry) => [entry.run.id, entry.run.hash]))
    const previous = Object.fromEntries((await runs()).map((entry) => [entry.run.id, entry.run.previous]))
    expect(previous).toEqual({ b: null, a: hash['b'], c: hash['a'] })
    expect(await problems()).toEqual({ a: undefined, b: undefined, c: undefined })
  })

  it('makes one chain of what is saved at once', async () => {
    await Promise.all(
      Array.from(
        { length: 8 },
        async (_, n) => await saveRun(folder, { id: `r${n.toString()}`, data: data(day(1)) }, deps),
      ),
    )
    const all = await runs()
    expect(all).toHaveLength(8)
    expect(new Set(all.map((entry) => entry.run.previous)).size).toBe(8)
    expect(all.filter((entry) => entry.chainProblem !== undefined)).toEqual([])
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('does not wait for a lock whose owner is gone', async () => {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, '.lock'), 'gone')
    const longAgo = new Date(Date.now() - 60_000)
    await utimes(join(folder, '.lock'), longAgo, longAgo)
    await saveRun(folder, { id: 'aa', data: data(day(1)) }, deps)
    expect(await readdir(folder)).toEqual(['20260101T000000Z-aa.json', 'head.json'])
  })

  it('waits for a lock that is held', async () => {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, '.lock'), 'held')
    let isSaved = false
    const saving = saveRun(folder, { id: 'aa', data: data(day(1)) }, deps).then(() => {
      isSaved = true
    })
    await sleep(200)
    expect(isSaved).toBe(false)
    await rm(join(folder, '.lock'))
    await saving
  })

  it('says that it cannot write', async () => {
    await writeFile(join(base, 'state'), 'a file')
    await expect(saveRun(folder, { id: 'aa', data: data(day(1)) }, deps)).rejects.toMatchObject({
      kind: 'failed',
      code: 'GR-HISTORY-WRITE',
    })
    await expect(saveRun(folder, { id: '../aa', data: data(day(1)) }, deps)).rejects.toThrow(RangeError)
  })
})

describe('listRuns', () => {
  it('of a folder that is not there is empty', async () => {
    expect(await listRuns(folder)).toEqual([])
  })

  it('says when a record was changed, or is missing', async () => {
    for (const n of [1, 2, 3, 4]) await saveRun(folder, { id: `r${n.toString()}`, data: data(day(n)) }, deps)
    const [second, third] = ['20260102T000000Z-r2.json', '20260103T000000Z-r3.json'].map((name) =>
      join(folder, name),
    ) as [string, string]
    await writeFile(second, (await readFile(second, 'utf8')).replace('"pass"', '"fail"'))
    const changed = 'it was changed: "r3", saved after it, names it by another hash'
    expect(await problems()).toEqual({ r1: undefined, r2: changed, r3: undefined, r4: undefined })
    await rm(third)
    const missing = 'the record before it, "r3", is missing'
    expect(await problems()).toEqual({ r1: undefined, r2: undefined, r4: missing })
  })

  it('says when two records claim the same place', async () => {
    const { file } = await saveRun(folder, { id: 'r1', data: data(day(1)) }, deps)
    await writeFile(join(folder, '20260101T000000Z-r2.json'), (await readFile(file, 'utf8')).replace('"r1"', '"r2"'))
    const fork = 'another record claims the same place after the one before it'
    expect(await problems()).toEqual({ r1: fork, r2: fork })
  })

  it('lists what is no record, with the reason, and stands none of it', async () => {
    const { file } = await saveRun(folder, { id: 'aa', data: data(day(1)) }, deps)
    const good = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
    const bad: Record<string, [unknown, string]> = {
      'b1.json': ['{"schema":"georep.run/1",', 'not JSON'],
      'b2.json': [null, 'not a run record'],
      'b3.json': [[], 'not a run record'],
      'b4.json': [{ ...good, schema: 'georep.run/2' }, 'schema "georep.run/2" is not georep.run/1'],
      'b5.json': [{ ...good, id: '../../x' }, 'no valid id'],
      'b6.json': [{ ...good, previous: 'x' }, 'no valid hash of the previous record'],
      'b7.json': [{ ...good, verdict: 7 }, 'no verdict'],
      'b8.json': [{ ...good, startedAt: '2026-99-99T00:00:00Z' }, 'no valid times'],
      'b9.json': [{ ...good, kind: 'x' }, 'unknown kind'],
    }
    for (const [name, [value]] of Object.entries(bad)) {
      await writeFile(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value))
    }
    await mkdir(join(folder, 'folder'))
    const entries = await listRuns(folder)
    expect(
      entries
        .slice(1)
        .map((entry) => [entry.file.slice(folder.length + 1), entry.kind === 'unreadable' ? entry.why : '']),
    ).toEqual([...Object.entries(bad).map(([name, [, why]]) => [name, why]), ['folder', 'not a regular file']])
    expect(entries[0]).toMatchObject({ kind: 'run', run: { id: 'aa' } })
  })

  it('fails when the folder is none', async () => {
    await writeFile(join(base, 'file'), '')
    await expect(listRuns(join(base, 'file'))).rejects.toMatchObject({ code: 'GR-HISTORY-UNREADABLE' })
  })
})

describe('readRun', () => {
  beforeEach(async () => {
    for (const id of ['ab1', 'ab2', 'ab']) await saveRun(folder, { id, data: data(day(1)) }, deps)
  })
  it('takes a whole id, or a beginning that only one has', async () => {
    expect((await readRun(folder, 'ab1')).run.id).toBe('ab1')
    expect((await readRun(folder, 'ab')).run.id).toBe('ab')
  })
  it.each([
    ['a', 'GR-RUN-AMBIGUOUS'],
    ['', 'GR-RUN-UNKNOWN'],
    ['x', 'GR-RUN-UNKNOWN'],
    ['../ab', 'GR-RUN-UNKNOWN'],
  ])('refuses %j', async (prefix, code) => {
    await expect(readRun(folder, prefix)).rejects.toMatchObject({ kind: 'usage', code })
  })
  it('says of one that is damaged what is wrong with which file', async () => {
    const file = join(folder, '20260101T000000Z-ab2.json')
    await writeFile(file, '{')
    const stateNow = `"${file}" is as it was found`
    await expect(readRun(folder, 'ab2')).rejects.toMatchObject({ kind: 'failed', code: 'GR-HISTORY-UNREADABLE', message: 'the record of run "ab2" cannot be read: not JSON', stateNow }) // prettier-ignore
    await expect(readRun(folder, 'ac')).rejects.toMatchObject({ kind: 'usage', code: 'GR-RUN-UNKNOWN' })
    await expect(saveRun(folder, { id: 'ab2', data: data(day(1)) }, deps)).rejects.toMatchObject({
      code: 'GR-HISTORY-WRITE',
    })
    expect(await readFile(file, 'utf8')).toBe('{')
  })
})

it('the folder is the flag, the environment, XDG, or below the home folder', () => {
  const deps = { cwd: '/work', home: '/home/me' }
  expect(historyFolder('runs', { ...deps, env: { GEOREP_HISTORY: '/env' } })).toBe('/work/runs')
  expect(historyFolder(undefined, { ...deps, env: { GEOREP_HISTORY: '/env', XDG_STATE_HOME: '/xdg' } })).toBe('/env')
  expect(historyFolder(undefined, { ...deps, env: { XDG_STATE_HOME: '/xdg' } })).toBe('/xdg/georep/history')
  expect(historyFolder(undefined, { ...deps, env: { GEOREP_HISTORY: '', XDG_STATE_HOME: 'relative' } })).toBe(
    '/home/me/.local/state/georep/history',
  )
})
