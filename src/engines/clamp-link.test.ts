import { expect, it } from 'vitest'
import { mirror, target as someTarget } from '../../test/support/links.ts'
import { type Offset, offset } from '../core/offset.ts'
import { topicRight } from '../core/acl.ts'
import { GeorepError } from '../core/errors.ts'
import { type Translated, unknown } from '../core/translation.ts'
import { lacking } from '../kafka/denied.ts'
import { partitionKey } from '../kafka/topic-partition.ts'
import { TransportError } from '../kafka/wire/connection.ts'
import { sayingOf } from '../links/clamp.ts'
import { placesOf } from './clamp-link.ts'
import type { LinkTarget } from './engine.ts'
import type { TranslateOptions } from './translating.ts'

const signal = AbortSignal.timeout(60_000)
const noAnswer = '127.0.0.1:9092: no answer within 2500 ms'
const orders = mirror('orders', { state: 'STOPPED', stoppedBy: 'failover' }, [[1n, 1n]]).record
const now = new Date('2026-01-01T00:01:00Z')
const at = new Date('2026-01-01T00:00:00Z')
const done = <T>(value: T): Promise<T> => Promise.resolve(value)

/** What an engine is asked that wrote down that group "app" stood at 40, and "other" at 50; and a source that does not answer so. */
async function placesWith(
  metadata: () => Promise<unknown>,
  place: (asked: Offset, options: TranslateOptions) => Translated = (asked) => ({ kind: 'exact', to: offset(asked + 100n), by: 'record', why: '' }), // prettier-ignore
): Promise<{ found: Awaited<ReturnType<typeof placesOf>>; asked: TranslateOptions['sourceSeen'][] }> {
  const asked: TranslateOptions['sourceSeen'][] = []
  const own = { mirrorTopic: 'orders', partition: 0, to: offset(3n) }
  const engine: Parameters<typeof placesOf>[0] = {
    ownPlaces: () =>
      done([
        { ...own, group: 'app', from: offset(40n), at },
        { ...own, group: 'other', from: offset(50n), at },
      ]),
    translate: (_, places, options) => {
      asked.push(options.sourceSeen)
      return new Promise((resolve) => {
        resolve(places.map((one) => ({ place: one, mirrorTopic: 'orders', translated: place(one.offset, options) })))
      })
    },
  }
  // To its first question, whether it is there, it may answer.
  const sendToAny = (): Promise<never> => Promise.reject(new TransportError(noAnswer, { mayHaveActed: false }))
  const source = { name: 'east', metadata, sendToAny } as unknown as LinkTarget['source']
  const state = { mirrors: () => [orders] } as unknown as LinkTarget['state']
  const found = await placesOf(engine, { ...someTarget, source, state }, [orders], ['app'], { signal })
  return { found, asked }
}

it.each([
  ['refuses georep', new GeorepError('denied', 'GR-AUTHENTICATION', 'cluster "east" refused the credentials'), 'cluster "east" refused the credentials'],
  ['does not answer', new GeorepError('unreachable', 'GR-UNREACHABLE', 'no broker'), 'the source does not answer'],
])('where the source %s, groups are moved on to what was written down of them, and how old that is is said', async (_, error, why) => {
  const { found, asked } = await placesWith(() => Promise.reject(error))
  expect(found.places).toEqual(new Map([['app', new Map([[partitionKey({ topic: 'orders', partition: 0 }), 140n]])]]))
  expect({ untold: found.untold, lastTold: found.lastTold }).toEqual({ untold: undefined, lastTold: { why, oldest: at } })
  expect(asked).toEqual([{ isSourceReachable: true, sourceRefusal: why }])
  expect(sayingOf(found, now)).toContain(`(${why}): they are moved on to where they were last seen there, 1m00s ago at the longest`)
}) // prettier-ignore

const silent = (): Promise<never> => Promise.reject(new GeorepError('unreachable', 'GR-UNREACHABLE', 'no broker'))
const syncs = topicRight('Read', 'mm2-offset-syncs.east.internal')
const denied = lacking({ name: 'west', bootstrap: ['west:9092'], principal: 'User:georep' }, syncs)

it('where the engine may not read what it wrote down of places, groups are moved on by what it wrote down of them, and the right is named', async () => {
  const { found, asked } = await placesWith(silent, (place, { withoutSyncs }) => {
    if (withoutSyncs === undefined) throw denied
    return { kind: 'bounded', to: offset(place - 1n), reread: 1n, why: withoutSyncs }
  })
  expect(found.places).toEqual(new Map([['app', new Map([[partitionKey({ topic: 'orders', partition: 0 }), 39n]])]]))
  const why = `the source does not answer; ${denied.message}`
  expect({ untold: found.untold, lastTold: found.lastTold }).toEqual({ untold: undefined, lastTold: { why, oldest: at } })
  expect(asked).toHaveLength(2)
}) // prettier-ignore

it('where no place is known of what was written down, it is said why', async () => {
  const { found } = await placesWith(silent, () => unknown('needs Read on topic "orders"'))
  expect({ places: found.places.size, untold: found.untold, lastTold: found.lastTold }).toEqual({
    places: 0,
    untold: 'the source does not answer; needs Read on topic "orders"',
    lastTold: undefined,
  })
})

it('where the source answers at first, and then does not any more, groups are moved on to what was written down of them', async () => {
  const { found } = await placesWith(() => done({ clusterId: someTarget.link.source.clusterId }))
  expect(found.places).toEqual(new Map([['app', new Map([[partitionKey({ topic: 'orders', partition: 0 }), 140n]])]]))
  expect({ untold: found.untold, lastTold: found.lastTold }).toEqual({ untold: undefined, lastTold: { why: noAnswer, oldest: at } })
}) // prettier-ignore
