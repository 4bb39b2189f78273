import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemTime } from '../cli/system-time.ts'
import type { SandboxDeps } from './deps.ts'
import { scopeOf } from './folders.ts'
import type { MarkedProcess } from './process-table.ts'
import { claimRecord, folderName, readRecord, recordFile, type SandboxRecord } from './record.ts'
import { sweepAbandoned } from './sweep.ts'

const { signal } = new AbortController()
let home: string
let deps: SandboxDeps
let processes: MarkedProcess[]
let others: Map<number, string>
let signals: string[]

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'georep-sweep-'))
  processes = []
  others = new Map([[1, 'me']])
  signals = []
  deps = {
    env: {},
    home,
    platform: 'linux',
    hostname: 'here',
    tempFolder: join(home, 'tmp'),
    pid: 1,
    time: systemTime,
    newId: () => 'draft',
    self: [],
    packageFolder: home,
    processes: {
      startedAt: async (pid) =>
        await Promise.resolve(processes.find((each) => each.pid === pid)?.startedAt ?? others.get(pid)),
      marked: async () => await Promise.resolve([...processes]),
      kill: (pid, name) => {
        signals.push(`${name} ${pid}`)
        processes = processes.filter((each) => each.pid !== pid)
        others.delete(pid)
      },
    },
  }
})
afterEach(() => {
  rmSync(home, { recursive: true })
})

async function sandbox(name: string, owner: SandboxRecord['owner'], overrides: Partial<SandboxRecord> = {}) {
  const folder = join(home, 'tmp', folderName(name, `id${name}`))
  const record: SandboxRecord = {
    ...{ v: 1, id: `id${name}`, name, hostname: 'here', folder, owner, kafkaVersion: '4.3.1', clusters: [] },
    createdAt: '2026-01-02T03:04:05.000Z',
    ...overrides,
  }
  expect(await claimRecord(record, deps)).toBe(true)
  mkdirSync(join(folder, 'data'), { recursive: true })
  return record
}

function broker(pid: number, name: string, scope = scopeOf(deps)): MarkedProcess {
  const marker = { scope, sandbox: name, id: `id${name}`, role: 'east-1' }
  return { pid, startedAt: `at${pid}`, isPaused: false, marker }
}

it('removes what has lost its owner: processes, folder, record', async () => {
  const record = await sandbox('drill', { pid: 50, startedAt: 'before' })
  processes = [broker(60, 'drill')]
  expect(await sweepAbandoned(deps, { signal })).toEqual(['drill'])
  expect(signals).toEqual(['SIGKILL 60'])
  expect(existsSync(record.folder)).toBe(false)
  expect(existsSync(recordFile('drill', deps))).toBe(false)
})

it('an owner whose number belongs to another process now is gone, and that process is left alone', async () => {
  await sandbox('drill', { pid: 50, startedAt: 'before' })
  others.set(50, 'later')
  expect(await sweepAbandoned(deps, { signal })).toEqual(['drill'])
  expect(signals).toEqual([])
})

it('leaves what has an owner, what needs none, and what another georep looks after', async () => {
  await sandbox('owned', { pid: 1, startedAt: 'me' })
  await sandbox('kept', null)
  processes = [broker(60, 'owned'), broker(61, 'kept'), broker(62, 'elsewhere', 'beef')]
  expect(await sweepAbandoned(deps, { signal })).toEqual([])
  expect(signals).toEqual([])
  expect(await readRecord('owned', deps)).toBeDefined()
  expect(await readRecord('kept', deps)).toBeDefined()
})

it('ends processes that no record tells of', async () => {
  processes = [broker(60, 'lost')]
  expect(await sweepAbandoned(deps, { signal })).toEqual([])
  expect(signals).toEqual(['SIGKILL 60'])
})

it('touches nothing of a sandbox whose record it cannot read', async () => {
  await sandbox('future', null)
  writeFileSync(recordFile('future', deps), '{"v": 2}')
  processes = [broker(60, 'future')]
  expect(await sweepAbandoned(deps, { signal })).toEqual([])
  expect(signals).toEqual([])
  await expect(readRecord('future', deps)).rejects.toMatchObject({ code: 'GR-SANDBOX-RECORD' })
})

it('leaves the sandbox of another host that shares the home folder', async () => {
  const record = await sandbox('far', { pid: 50, startedAt: 'there' }, { hostname: 'there' })
  rmSync(record.folder, { recursive: true }) // its folder is on the other host
  expect(await sweepAbandoned(deps, { signal })).toEqual([])
  expect(await readRecord('far', deps)).toBeDefined()
})

it('a record must name a folder that is a sandbox’s own', async () => {
  const record = await sandbox('evil', { pid: 50, startedAt: 'gone' })
  const precious = join(home, 'precious')
  mkdirSync(precious)
  const text = readFileSync(recordFile('evil', deps), 'utf8').replace(record.folder, precious)
  writeFileSync(recordFile('evil', deps), text)
  expect(await sweepAbandoned(deps, { signal })).toEqual([])
  expect(existsSync(precious)).toBe(true)
})

it('of two that claim a name, one gets it', async () => {
  const record = await sandbox('one', null)
  expect(await claimRecord({ ...record, id: 'other' }, deps)).toBe(false)
  expect((await readRecord('one', deps))?.id).toBe('idone')
})
