import { expect, it } from 'vitest'
import { capturedContext } from '../../test/support/context.ts'
import { actorOf } from './actor.ts'

const killWith = (code: string) => (): never => {
  throw Object.assign(new Error(code), { code })
}

it('is new in every run, and of the same scope on the same machine', () => {
  const { context } = capturedContext({ hostname: 'vm', pid: 7 })
  const [one, other] = [actorOf(context), actorOf(context)]
  expect(one).toMatchObject({ host: 'vm', pid: 7 })
  expect(one.owner).not.toBe(other.owner)
  expect(one.scope).toBe(other.scope)
  expect(actorOf({ ...context, hostname: 'else' }).scope).not.toBe(one.scope)
})

it.each([
  ['ESRCH', false],
  ['EPERM', true],
  ['EINVAL', true],
] as const)('a process whose signal answers %s is alive: %s', (code, isAlive) => {
  const { context } = capturedContext({ kill: killWith(code) })
  expect(actorOf(context).isProcessAlive(99)).toBe(isAlive)
})

it('a process that can be signalled is alive, and is sent nothing', () => {
  const sent: unknown[] = []
  const { context } = capturedContext({
    kill: (pid, signal) => {
      sent.push([pid, signal])
    },
  })
  expect(actorOf(context).isProcessAlive(99)).toBe(true)
  expect(sent).toEqual([[99, 0]])
})
