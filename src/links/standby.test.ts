import { expect, it } from 'vitest'
import { fakeTime } from '../../test/support/fake-time.ts'
import { Silence } from './standby.ts'

it('counts the time in which a lock was watched and not renewed', async () => {
  const time = fakeTime()
  const silence = new Silence(time.monotonic)
  expect(silence.look(7n)).toBe(0)
  await time.pass(200)
  expect(silence.look(7n)).toBe(200)
  await time.pass(300)
  expect(silence.look(7n)).toBe(500)
  await time.pass(200)
  expect(silence.look(8n)).toBe(0)
  await time.pass(200)
  expect(silence.look(8n)).toBe(200)
})

it('a watcher that was frozen itself has not watched', async () => {
  const time = fakeTime()
  const silence = new Silence(time.monotonic)
  silence.look(7n)
  await time.pass(3_600_000)
  expect(silence.look(7n)).toBe(1_000)
})

it('begins anew when the lock could not be read: its holder may not have been able to renew it either', async () => {
  const time = fakeTime()
  const silence = new Silence(time.monotonic)
  silence.look(7n)
  await time.pass(900)
  silence.look(7n)
  silence.reset()
  await time.pass(900)
  expect(silence.look(7n)).toBe(0)
})
