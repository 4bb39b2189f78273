import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MirrorRecord, stateKey } from '../../src/links/records.ts'
import { actOn, LinkSession } from '../../src/links/session.ts'
import { LinkState } from '../../src/links/state.ts'
import { georepFor, type Georep } from './support/georep.ts'
import { act, TestLink } from './support/link.ts'
import { createdTopic, layer, withAdmin } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { randomId } from './support/sandbox-deps.ts'
import { stateOf } from './support/state-records.ts'

const { east, west } = sharedClusters()
const signal = AbortSignal.timeout(240_000)

describe('a link whose name does not tell its clusters', () => {
  const id = randomId().slice(0, 6)
  const [a, ab, bc, c] = [`a${id}`, `a${id}-b`, `b-c`, 'c']
  const name = `a${id}-b-c`
  let georep: Georep
  beforeAll(() => {
    const [from, to] = [east.bootstrap.join(', '), west.bootstrap.join(', ')]
    georep = georepFor([east.bootstrap, west.bootstrap], { [a]: from, [ab]: from, [bc]: to, [c]: to, dead: '127.0.0.1:1' }) // prettier-ignore
  })
  afterAll(async () => {
    await georep.remove()
  })

  it('is made with --source and --destination, and found without them', async () => {
    expect(await georep.run('link', 'create', name)).toMatchObject({ code: 2, err: expect.stringContaining('can be read in several ways') as string }) // prettier-ignore
    const made = await georep.run('link', 'create', name, '--source', ab, '--destination', c, '--throttle', '10MB/s')
    expect(made.code).toBe(0)
    expect((await stateOf(west.bootstrap, name)).get(`link/${name}`)).toMatchObject({
      source: { name: ab, clusterId: east.clusterId },
      destination: { name: c, clusterId: west.clusterId },
      throttleBytesPerSecond: 10_000_000,
    })
    const topic = await createdTopic(east.bootstrap)
    expect(await georep.run('mirror', 'create', topic, '--link', name)).toMatchObject({ code: 0 })
    expect(await georep.json('link', 'describe', name)).toMatchObject({ code: 0, data: { source: { name: ab }, destination: { name: c }, mirrors: [{ topic }] } }) // prettier-ignore
    expect(await withAdmin(west.bootstrap, async (admin) => await admin.listTopics())).toContain(topic)
    // Again, and otherwise.
    expect(await georep.json('link', 'create', name, '--source', ab, '--destination', c)).toMatchObject({ code: 0, data: { outcome: 'unchanged' } }) // prettier-ignore
    expect((await georep.run('link', 'create', name, '--source', ab, '--destination', c, '--throttle', '1MB/s')).code).toBe(5) // prettier-ignore
  })

  it.each([
    ['a cluster that is not in the file', ['--source', 'nowhere', '--destination', c], 'is not in'],
    ['one cluster on both sides', ['--source', c, '--destination', c], 'cannot be both'],
  ])('is refused for %s', async (_, flags, text) => {
    const ran = await georep.run('link', 'create', `x-${name}`, ...flags)
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining(text) as string })
  })

  it('is refused where the name tells of others', async () => {
    const ran = await georep.run('link', 'create', georep.link, '--source', ab, '--destination', c)
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('is by its name from') as string })
  })

  it('is not guessed: two of one name are named, and one that was not found may be where nobody answers', async () => {
    const twice = unique('twice-of')
    expect((await georep.run('link', 'create', twice, '--source', ab, '--destination', c)).code).toBe(0)
    expect((await georep.run('link', 'create', twice, '--source', c, '--destination', ab)).code).toBe(0)
    const two = await georep.run('link', 'describe', twice)
    expect(two).toMatchObject({ code: 2, err: expect.stringContaining(`several clusters keep a link "${twice}"`) as string }) // prettier-ignore
    expect(two.err).toContain(`"${ab}"`)
    expect(two.err).toContain(`"${c}"`)
    const none = await georep.run('link', 'describe', unique('none-of'))
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining('not every cluster could be asked') as string })
    expect(none.err).toContain('"dead"')
  })
})

describe('a mirror whose topic was never made', () => {
  const half = async (link: TestLink): Promise<string> => {
    const topic = await createdTopic(east.bootstrap)
    const { target } = link
    await using session = await LinkSession.claim(target.state, actOn(link.name, act('test')), { signal })
    const record: MirrorRecord = {
      ...{
        v: 1,
        kind: 'mirror',
        link: link.name,
        sourceTopic: topic,
        sourceTopicId: 'A'.repeat(22),
        mirrorTopic: topic,
      },
      ...{ mirrorTopicId: '', partitions: 1, state: { state: 'PENDING', phase: 'creating the mirror topic' } },
      ...{ deferredConfigs: {}, isTopicMade: false, createdAt: new Date().toISOString() },
    }
    await session.write(new Map([[stateKey.mirror(link.name, topic), record]]), { signal })
    return topic
  }

  it('is not waited for by a failover: what there is fails over, and it is named', async () => {
    const made = await createdTopic(east.bootstrap)
    await using link = await TestLink.create({ east, west })
    await link.mirror(made)
    const topic = await half(link)
    const results = await link.failover('all', { signal: AbortSignal.timeout(20_000) })
    expect(results.find((one) => one.topic === topic)).toMatchObject({ outcome: { kind: 'refused', why: expect.stringContaining('never made') as string } }) // prettier-ignore
    expect(results.find((one) => one.topic === made)).toMatchObject({ outcome: { kind: 'applied' } })
    const state = await stateOf(west.bootstrap, link.name)
    expect(state.get(`mirror/${link.name}/${made}`)).toMatchObject({ state: { state: 'STOPPED' } })
    expect(state.get(`mirror/${link.name}/${topic}`)).toMatchObject({ state: { state: 'PENDING' } })
  })
})

describe('who makes mirrors of matching topics gives way', () => {
  it('to whoever acts, at once, and may write no more', async () => {
    await using link = await TestLink.create({ east, west })
    await using cluster = layer({ name: 'west', bootstrap: west.bootstrap })
    const yielding = { ...actOn(link.name, act('link run')), isYielding: true } as const
    await using first = await LinkSession.claim(new LinkState(cluster), yielding, { signal })
    first.keepRenewed()
    await using second = await LinkSession.claim(new LinkState(cluster), actOn(link.name, act('mirror create')), { signal }) // prettier-ignore
    await expect(first.write(new Map(), { signal })).rejects.toMatchObject({ kind: 'conflict' })
    await second.write(new Map(), { signal })
    // The other way round it waits its turn.
    await expect(LinkSession.claim(new LinkState(cluster), yielding, { signal })).rejects.toMatchObject({ kind: 'conflict' }) // prettier-ignore
  })
})
