import { expect, it } from 'vitest'
import { fakeTime } from '../../../../test/support/fake-time.ts'
import { GeorepError } from '../../../core/errors.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { isFarFromDestination, type RoundTrips, watchRoundTrips } from './round-trips.ts'

it.each([
  [{ sourceMs: 80, destinationMs: 0.4 }, false],
  [{ sourceMs: 0.4, destinationMs: 80 }, true],
  [{ sourceMs: 0.4, destinationMs: 10.4 }, false],
  [{ sourceMs: 0.4, destinationMs: 10.5 }, true],
  [{ sourceMs: 80, destinationMs: 80 }, false],
  [{ sourceMs: 75, destinationMs: 80 }, false],
  [{ sourceMs: 60, destinationMs: 80 }, true],
])('%j is far: %s', (ms, isFar) => {
  expect(isFarFromDestination(ms)).toBe(isFar)
})

/** Answers after the next of these times, again and again; undefined for not at all. */
function answering(monotonicMs: { at: number }, ...times: readonly (number | undefined)[]): Cluster {
  let asked = 0
  const metadata = async (): Promise<object> => {
    const took = times[asked++ % times.length]
    if (took === undefined) return await Promise.reject(new Error('no answer'))
    monotonicMs.at += took
    return await Promise.resolve({})
  }
  return { metadata } as unknown as Cluster
}

async function measured(source: (clock: { at: number }) => Cluster, destination: (clock: { at: number }) => Cluster) {
  const clock = { at: 0 }
  const { now } = fakeTime()
  const stop = new AbortController()
  const far: object[] = []
  const found: RoundTrips = { sourceMs: undefined, destinationMs: undefined, isSourceUp: undefined, sourceRefusal: undefined } // prettier-ignore
  let rounds = 0
  const wait = async (): Promise<void> => {
    if (++rounds === 2) stop.abort(new Error('enough'))
    await Promise.resolve()
  }
  const time = { now, monotonic: () => clock.at, wait }
  await watchRoundTrips({ source: source(clock), destination: destination(clock), time }, found, (ms) => far.push(ms), stop.signal) // prettier-ignore
  return { found, far }
}

it('takes the median of five, without the first request, which may have to connect', async () => {
  const { found, far } = await measured(
    (clock) => answering(clock, undefined),
    (clock) => answering(clock, 500, 3, 1, 2, 90, 4),
  )
  expect(found).toEqual({ sourceMs: undefined, destinationMs: 3, isSourceUp: false, sourceRefusal: undefined })
  expect(far).toEqual([])
})

it('tells why it is not let in', async () => {
  const refusal = new GeorepError('denied', 'GR-AUTHENTICATION', 'cluster "east" refused the credentials')
  const refusing = { metadata: () => Promise.reject(refusal) } as unknown as Cluster
  const { found } = await measured(
    () => refusing,
    (clock) => answering(clock, 3),
  )
  expect(found).toMatchObject({ isSourceUp: false, sourceRefusal: 'cluster "east" refused the credentials' })
})

it('tells once that it is far', async () => {
  const { far } = await measured(
    (clock) => answering(clock, 0),
    (clock) => answering(clock, 80),
  )
  expect(far).toEqual([{ sourceMs: 0, destinationMs: 80 }])
})
