import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { linuxProcesses } from './linux-processes.ts'

let proc: string

beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'georep-proc-'))
  mkdirSync(join(proc, 'sys/kernel/random'), { recursive: true })
  writeFileSync(join(proc, 'sys/kernel/random/boot_id'), 'boot\n')
})
afterEach(() => {
  rmSync(proc, { recursive: true })
})

function addProcess(pid: number, comm: string, state: string, ticks: number, args: readonly string[]): void {
  mkdirSync(join(proc, pid.toString()))
  const between = Array.from({ length: 18 }, (_, index) => index).join(' ')
  writeFileSync(join(proc, pid.toString(), 'stat'), `${pid} (${comm}) ${state} ${between} ${ticks} 0 0\n`)
  writeFileSync(join(proc, pid.toString(), 'cmdline'), args.map((arg) => `${arg}\0`).join(''))
}

const table = () => linuxProcesses(() => undefined, proc)
const flag = '-Dgeorep.sandbox=ab12/default/c0ffee/east-1'
const marker = { scope: 'ab12', sandbox: 'default', id: 'c0ffee', role: 'east-1' }

it('reads the start time behind any name', async () => {
  addProcess(7, 'a) Z 1 (b', 'S', 4711, ['x'])
  expect(await table().startedAt(7)).toBe('boot/4711')
  expect(await table().startedAt(8)).toBeUndefined()
})

it('a zombie is gone', async () => {
  addProcess(7, 'java', 'Z', 4711, [])
  expect(await table().startedAt(7)).toBeUndefined()
})

it('lists what is marked, and whether it is paused', async () => {
  addProcess(7, 'java', 'S', 1, ['java', flag])
  addProcess(8, 'java', 'T', 2, ['/opt/bin/java', flag])
  addProcess(9, 'bash', 'S', 3, ['bash'])
  addProcess(10, 'java', 'Z', 4, ['java', flag])
  expect(await table().marked()).toEqual([
    { pid: 7, startedAt: 'boot/1', marker, isPaused: false },
    { pid: 8, startedAt: 'boot/2', marker, isPaused: true },
  ])
})
