import { setMaxListeners } from 'node:events'
import { expect, it } from 'vitest'
import { topicRight } from '../core/acl.ts'
import { GeorepError } from '../core/errors.ts'
import { lacking } from '../kafka/denied.ts'
import { fakeTime, settled } from '../../test/support/fake-time.ts'
import { type DrainLook, drainUntilStill } from './drain.ts'

const refused = new GeorepError('denied', 'GR-AUTHENTICATION', 'cluster "east" refused the credentials')
const still: DrainLook = { sourceEnds: new Map(), behind: 0n, openTransactions: [] }

/** Drains for this many seconds. */
async function drained(look: () => Promise<DrainLook>, seconds: number): Promise<unknown> {
  const time = fakeTime()
  const by = { time, status: { text: '' }, onProgress: () => undefined }
  const over = new AbortController()
  setMaxListeners(0, over.signal)
  let ended: unknown = 'draining'
  void drainUntilStill({ look, requireCarried: () => undefined }, by, over.signal).then(
    () => (ended = 'drained'),
    (error: unknown) => (ended = error),
  )
  for (let passed = 0; passed < seconds * 1_000; passed += 200) {
    await settled()
    await time.pass(200)
  }
  const seen = ended
  over.abort(new Error('the test is over'))
  await settled()
  return seen
}

it.each([refused, lacking({ name: 'east', bootstrap: ['b:1'], principal: undefined }, topicRight('Read', 'orders'))])(
  'ends with why a cluster lets it look no more: %s',
  async (error) => {
    const look = async (): Promise<DrainLook> => await Promise.reject(error)
    expect(await drained(look, 4)).toBe('draining')
    expect(await drained(look, 6)).toBe(error)
  },
)

it('goes on where that was for a moment, and where brokers are gone', async () => {
  let looks = 0
  const nowAndThen = async (): Promise<DrainLook> => {
    if (++looks % 4 === 0) return await Promise.resolve({ ...still, behind: 1n })
    return await Promise.reject(refused)
  }
  expect(await drained(nowAndThen, 30)).toBe('draining')
  const gone = async (): Promise<DrainLook> => await Promise.reject(new GeorepError('unreachable', 'GR-CLUSTER-UNREACHABLE', 'gone')) // prettier-ignore
  expect(await drained(gone, 30)).toBe('draining')
  expect(await drained(async () => await Promise.resolve(still), 1)).toBe('drained')
})
