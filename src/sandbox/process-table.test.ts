import { expect, it } from 'vitest'
import { isAlive, signalProcess } from './process-table.ts'

function tableWith(startedAt: string | undefined, kill: (pid: number, signal: string) => void) {
  return { startedAt: async () => await Promise.resolve(startedAt), kill }
}

it('a number that belongs to another process now is not signalled', async () => {
  const sent: unknown[] = []
  const table = tableWith('boot/200', (...args) => sent.push(args))
  expect(await signalProcess({ pid: 7, startedAt: 'boot/100' }, 'SIGKILL', table)).toBe(false)
  expect(await isAlive({ pid: 7, startedAt: 'boot/100' }, table)).toBe(false)
  expect(sent).toEqual([])
  expect(await signalProcess({ pid: 7, startedAt: 'boot/200' }, 'SIGKILL', table)).toBe(true)
  expect(sent).toEqual([[7, 'SIGKILL']])
})

it('a process that ended in between is gone, and one that is not ours is an error', async () => {
  const failing = (code: string) =>
    tableWith('a', () => {
      throw Object.assign(new Error(code), { code })
    })
  expect(await signalProcess({ pid: 7, startedAt: 'a' }, 'SIGTERM', failing('ESRCH'))).toBe(false)
  await expect(signalProcess({ pid: 7, startedAt: 'a' }, 'SIGTERM', failing('EPERM'))).rejects.toThrow('EPERM')
})
