import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stateKey } from '../../src/links/records.ts'
import { actOn, LinkSession } from '../../src/links/session.ts'
import { LinkState } from '../../src/links/state.ts'
import { commit } from './support/commits.ts'
import { georepAtWork, type Georep } from './support/georep.ts'
import { act } from './support/link.ts'
import { recordsIn } from './support/log-content.ts'
import { committedNow, eventually, layer, withAdmin } from './support/observe.ts'
import { sharedClusters } from './support/sandbox.ts'
import { randomId } from './support/sandbox-deps.ts'
import { stateOf } from './support/state-records.ts'
import { write } from './support/write.ts'

// Patterns with a runner at work, and what they must never take in. What holds is read with kafkajs.

const { east, west } = sharedClusters()
const id = randomId().slice(0, 8)
let georep: Georep

beforeAll(async () => {
  ;({ georep } = await georepAtWork([east.bootstrap, west.bootstrap]))
})
afterAll(async () => {
  await georep.remove()
})

const link = (): readonly string[] => ['--link', georep.link]

async function make(bootstrap: readonly string[], topic: string): Promise<string> {
  await withAdmin(bootstrap, async (admin) => { await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: false }) }) // prettier-ignore
  return topic
}

/** As long as Kafka lets a name be: with a prefix before it there is no topic of that name. */
const long = (name: string): string => name.padEnd(249, 'x')

async function topicsOf(bootstrap: readonly string[]): Promise<readonly string[]> {
  return (await withAdmin(bootstrap, async (admin) => await admin.listTopics())).filter((name) => name.includes(id))
}

async function isMirrored(topic: string, name = georep.link): Promise<boolean> {
  const record = (await stateOf(west.bootstrap, name)).get(`mirror/${name}/${topic}`)
  return (record as { state?: { state?: string } } | undefined)?.state?.state === 'ACTIVE'
}

describe('a pattern with a prefix', () => {
  const glob = `*${id}*`
  const prefix = 'east.'

  it('mirrors what matches now, and says what does not become a mirror', async () => {
    await make(east.bootstrap, `orders-${id}`)
    await make(east.bootstrap, long(`keyed-${id}`))
    await make(east.bootstrap, `georep-canary-${id}`)
    await make(east.bootstrap, `__hidden-${id}`)
    await write(east.bootstrap, `orders-${id}`, 9)
    const planned = await georep.json('mirror', 'create', glob, ...link(), '--prefix', prefix, '--dry-run')
    expect(planned).toMatchObject({ code: 5, data: { patterns: [{ pattern: glob, prefix, outcome: 'planned' }] } })
    expect((await stateOf(west.bootstrap, georep.link)).get(`link/${georep.link}`)).toMatchObject({ patterns: [] })
    const { code, data } = await georep.json('mirror', 'create', glob, ...link(), '--prefix', prefix)
    expect({ code, data }).toMatchObject({
      code: 6,
      data: {
        patterns: [{ pattern: glob, prefix, isAutoCreate: true, outcome: 'applied' }],
        mirrors: [
          {
            topic: `east.${long(`keyed-${id}`)}`,
            outcome: 'refused',
            why: expect.stringContaining('249 characters') as string,
          },
          { topic: `east.orders-${id}`, sourceTopic: `orders-${id}`, outcome: 'applied' },
        ],
      },
    })
    expect(await recordsIn(west.bootstrap, `east.orders-${id}`, 9)).toEqual(await recordsIn(east.bootstrap, `orders-${id}`, 9)) // prettier-ignore
    expect(await topicsOf(west.bootstrap)).toEqual([`east.orders-${id}`])
  })

  it('mirrors a new matching topic within seconds, offsets of groups under the name of the mirror', async () => {
    const topic = await make(east.bootstrap, `orders-new-${id}`)
    await write(east.bootstrap, topic, 5)
    await using cluster = layer({ name: 'east', bootstrap: east.bootstrap })
    await commit(cluster, `app-${id}`, topic, [3])
    await eventually('the new topic is mirrored', async () =>
      (await topicsOf(west.bootstrap)).includes(`east.${topic}`),
    )
    expect(await recordsIn(west.bootstrap, `east.${topic}`, 5)).toEqual(await recordsIn(east.bootstrap, topic, 5))
    await eventually('the offset is copied', async () => (await committedNow(west.bootstrap, `app-${id}`, `east.${topic}`)) === '3') // prettier-ignore
    expect(await georep.json('mirror', 'describe', `east.${topic}`, ...link())).toMatchObject({ code: 0, data: { sourceTopic: topic, state: 'ACTIVE' } }) // prettier-ignore
    const wrong = await georep.run('mirror', 'pause', topic, ...link())
    expect(wrong).toMatchObject({ code: 5, out: expect.stringContaining(`its mirror is "east.${topic}"`) as string })
  })

  it('names a matching topic that cannot be mirrored, with why', async () => {
    const blocked = await make(east.bootstrap, long(`late-keyed-${id}`))
    await eventually('the runner has written it down', async () => (await stateOf(west.bootstrap, georep.link)).has(`unmirrored/${georep.link}/${blocked}`)) // prettier-ignore
    const unmirrored = [long(`keyed-${id}`), blocked].map((topic) => ({ topic, why: expect.stringContaining('249 characters') as string })) // prettier-ignore
    expect(await georep.json('mirror', 'list', ...link())).toMatchObject({ code: 0, data: { patterns: [{ pattern: glob }], unmirrored } }) // prettier-ignore
    expect(await georep.json('link', 'describe', georep.link)).toMatchObject({ data: { unmirrored } })
    // With the source dead, what the runner knew is told.
    const dead = await georep.withSourceAt('127.0.0.1:1')('link', 'describe', georep.link)
    expect(dead.out).toContain(blocked)
  })

  it('tells why at once, although the runner gave way to somebody when it looked', async () => {
    await using cluster = layer({ name: 'west', bootstrap: west.bootstrap })
    const signal = AbortSignal.timeout(30_000)
    const held = `orders-held-${id}`
    const keyed = long(`keyed-held-${id}`)
    {
      await using session = await LinkSession.claim(new LinkState(cluster), actOn(georep.link, act('test')), { signal })
      session.keepRenewed()
      await make(east.bootstrap, keyed)
      await make(east.bootstrap, held)
      await sleep(2_500) // two of its rounds
      expect(await isMirrored(`east.${held}`)).toBe(false)
    }
    await eventually('it goes on', async () => await isMirrored(`east.${held}`))
    await eventually('why is written down', async () => (await stateOf(west.bootstrap, georep.link)).has(`unmirrored/${georep.link}/${keyed}`), 10_000) // prettier-ignore
  })

  it('brings nothing back by the opposite link, not even a new topic, be it matched or named', async () => {
    const back = `${georep.destination}-${georep.source}`
    expect((await georep.run('link', 'create', back)).code).toBe(0)
    const { code, data } = await georep.json('mirror', 'create', glob, '--link', back, '--prefix', 'west.')
    expect({ code, data }).toMatchObject({ code: 0, data: { mirrors: [], patterns: [{ leftOut: [`east.orders-${id}`, `east.orders-held-${id}`, `east.orders-new-${id}`] }] } }) // prettier-ignore
    expect((await topicsOf(east.bootstrap)).filter((name) => name.startsWith('west.'))).toEqual([])
    // They are where they belong: nothing is missing.
    expect(await georep.json('mirror', 'list', '--link', back)).toMatchObject({ data: { unmirrored: [] } })
    const other = await georep.run('mirror', 'create', `east.orders-${id}`, '--link', back, '--prefix', 'west.')
    expect(other).toMatchObject({ code: 5, out: expect.stringContaining('a copy of it would come back') as string })
    expect((await topicsOf(east.bootstrap)).filter((name) => name.startsWith('west.'))).toEqual([])
    expect(await georep.run('link', 'delete', back, '--with-mirrors', '--confirm', back)).toMatchObject({ code: 0 })
  })

  it('leaves a topic out whose mirror was taken off, and goes on with one that was left half made', async () => {
    const gone = `orders-new-${id}`
    const deleted = await georep.json(
      'mirror',
      'delete',
      `east.${gone}`,
      ...link(),
      '--with-topic',
      '--confirm',
      `east.${gone}`,
    )
    expect(deleted).toMatchObject({ code: 0, data: { mirrors: [{ outcome: 'applied', leftOutOf: glob }] } })
    const half = await make(east.bootstrap, `half-${id}`)
    // Whoever made it died when the topic was there, and its record not.
    await using cluster = layer({ name: 'west', bootstrap: west.bootstrap })
    const signal = AbortSignal.timeout(30_000)
    await eventually('it is made', async () => await isMirrored(`east.${half}`))
    {
      await using session = await LinkSession.claim(new LinkState(cluster), actOn(georep.link, act('test')), { signal })
      const key = stateKey.mirror(georep.link, `east.${half}`)
      const record = session.state.mirror(georep.link, `east.${half}`)!
      await session.write(new Map([[key, { ...record, mirrorTopicId: '', state: { state: 'PENDING', phase: 'creating the mirror topic' } }]]), { signal }) // prettier-ignore
    }
    await eventually('it is gone on with', async () => await isMirrored(`east.${half}`))
    expect(await topicsOf(west.bootstrap)).not.toContain(`east.${gone}`)
    expect(await georep.json('mirror', 'list', ...link())).toMatchObject({ data: { patterns: [{ except: [gone] }] } })
    expect(await georep.run('mirror', 'create', gone, ...link(), '--prefix', prefix)).toMatchObject({ code: 0 })
    expect(await georep.json('mirror', 'list', ...link())).toMatchObject({ data: { patterns: [{ except: [] }] } })
  })

  it('that is taken off mirrors nothing more, and its mirrors stay', async () => {
    expect(await georep.run('mirror', 'delete', glob, ...link(), '--confirm', glob)).toMatchObject({ code: 0 })
    const named = await georep.json('mirror', 'create', await make(east.bootstrap, `named-${id}`), ...link())
    expect(named).toMatchObject({ code: 0 })
    await eventually('nothing is missing any more', async () => ![...(await stateOf(west.bootstrap, georep.link)).keys()].some((key) => key.startsWith('unmirrored/'))) // prettier-ignore
    expect(await isMirrored(`east.orders-${id}`)).toBe(true)
    expect(await topicsOf(west.bootstrap)).not.toContain(`east.named-${id}`)
  })
})

describe('one name on both sides', () => {
  it('a mirror that would go round is refused by name, and never made by a pattern', async () => {
    const topic = await make(east.bootstrap, `same-${id}`)
    expect((await georep.run('mirror', 'create', topic, ...link())).code).toBe(0)
    const back = `${georep.destination}-${georep.source}`
    expect((await georep.run('link', 'create', back)).code).toBe(0)
    const refused = await georep.run('mirror', 'create', topic, '--link', back)
    expect(refused).toMatchObject({ code: 5, out: expect.stringContaining('its records would go round') as string })
    const pattern = await georep.json('mirror', 'create', `same-${id}*`, '--link', back)
    expect(pattern).toMatchObject({ code: 0, data: { mirrors: [], patterns: [{ leftOut: [topic] }] } })
    expect([...(await stateOf(east.bootstrap, back)).keys()].filter((key) => key.startsWith('mirror/'))).toEqual([])
  })

  it('a topic that a pattern matches, and that is there already, is not taken over', async () => {
    const topic = await make(east.bootstrap, `there-${id}`)
    await make(west.bootstrap, topic)
    const { code, data } = await georep.json('mirror', 'create', `there-${id}*`, ...link())
    expect({ code, data }).toMatchObject({ code: 6, data: { mirrors: [{ outcome: 'refused', why: expect.stringContaining('only by name') as string }] } }) // prettier-ignore
    expect(await georep.run('mirror', 'create', topic, ...link())).toMatchObject({ code: 0 })
  })
})
