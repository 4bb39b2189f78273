import { expect, it } from 'vitest'
import { GeorepError } from '../core/errors.ts'
import { topicRight } from '../core/acl.ts'
import { DeniedError } from '../kafka/denied.ts'
import { BrokerError } from '../kafka/error-codes.ts'
import { heldError, notLocked, takenError, withWhatWasDone } from './held.ts'

const value = {
  v: 1,
  kind: 'lock',
  owner: 'o',
  user: 'ops',
  host: 'h1',
  pid: 42,
  scope: 's',
  act: 'mirror promote',
  isYielding: false,
  since: '2026-01-01T00:00:00.000Z',
} as const
const lock = { value, offset: 7n, appendedAt: new Date('2026-01-01T00:02:10.000Z') }
const held = { link: 'east-west', kind: 'act', staleAfterMs: 10_000 } as const

it('says who holds the link, where, since when and doing what, by one clock', () => {
  const error = heldError(held, lock, new Date('2026-01-01T00:02:13.000Z'))
  expect(error).toMatchObject({ kind: 'conflict', code: 'GR-LINK-HELD' })
  expect(error.stateNow).toBe(
    'ops@h1 (pid 42) holds it for "mirror promote", for 2m13s now (since 2026-01-01T00:00:00.000Z, by the brokers\' clock)\n' +
      'its lock was renewed 3.00 s ago; from 10.0 s on it counts as dead\n' +
      'nothing was changed',
  )
  expect(error.next).toContain('--take-over')
})

it('shows no age below zero, and no user that is not known', () => {
  const error = heldError(held, { ...lock, value: { ...value, user: '' } }, new Date('2025-01-01T00:00:00.000Z'))
  expect(error.stateNow).toContain('h1 (pid 42) holds it for "mirror promote", for 0 ms now')
  expect(error.stateNow).not.toContain('@')
})

it('says of a runner that another took over, and of an act which one it was that lost the link', () => {
  const runner = takenError({ link: 'east-west', kind: 'runner', act: 'link run' }, undefined)
  expect(runner.message).toBe('another runner took over link "east-west"')
  expect(runner.stateNow).toBe('the lock is gone; the brokers refuse what this process would write')
  const act = takenError({ link: 'east-west', kind: 'act', act: 'mirror failover' }, value)
  expect(act.message).toBe('link "east-west" was taken over while "mirror failover" was at work')
})

it('adds what was done to a link that was taken over, and by an act that was interrupted, and to nothing else', () => {
  const taken = takenError({ link: 'east-west', kind: 'act', act: 'mirror failover' }, value)
  expect(withWhatWasDone(taken, 'one of two is stopped')).toMatchObject({
    kind: 'conflict',
    code: 'GR-LINK-TAKEN',
    stateNow: expect.stringMatching(/^ops@h1 \(pid 42\) holds it .*\none of two is stopped$/) as string,
  })
  const interrupted = new GeorepError('interrupted', 'GR-INTERRUPTED', 'interrupted by SIGINT')
  expect(withWhatWasDone(interrupted, 'one of two is stopped')).toMatchObject({
    kind: 'interrupted',
    code: 'GR-INTERRUPTED',
    stateNow: 'one of two is stopped',
  })
  const other = new GeorepError('failed', 'GR-OTHER', 'something else')
  expect(withWhatWasDone(other, 'ignored')).toBe(other)
})

it('says what is in the way of a lock that the state topic does not take, and what mends it', () => {
  const refused = (code: number) => notLocked(new BrokerError('topic "__georep" on cluster "west"', code), 'east-west', 'west') // prettier-ignore
  expect(refused(19)).toMatchObject({
    ...{ kind: 'failed', code: 'GR-STATE-REFUSED', stateNow: 'nothing was changed' },
    message: 'the lock of link "east-west" cannot be written: topic "__georep" on cluster "west": NOT_ENOUGH_REPLICAS',
    next: 'bring up the brokers that have replicas of topic "__georep" on cluster "west", or lower its min.insync.replicas; then run the command again', // prettier-ignore
  })
  expect(refused(10)).toMatchObject({ code: 'GR-STATE-REFUSED', next: expect.stringContaining('settings of topic "__georep"') as string }) // prettier-ignore
  // Is told where all errors of brokers are: nobody leads the partition.
  expect(refused(6)).toBeInstanceOf(BrokerError)
  const denied = new DeniedError(
    { name: 'west', principal: undefined, bootstrap: ['b:9092'] },
    topicRight('Write', '__georep'),
    29,
  )
  expect(notLocked(denied, 'east-west', 'west')).toBe(denied)
  const other = new Error('a bug')
  expect(notLocked(other, 'east-west', 'west')).toBe(other)
})
