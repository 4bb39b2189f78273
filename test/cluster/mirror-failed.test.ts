import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { AbortMarkers } from '../../src/kafka/abort-markers.ts'
import { TestLink } from './support/link.ts'
import { endsOf, expectSameRecords, type FullRecord, recordsIn } from './support/log-content.ts'
import { createdTopic, eventually, layer, withAdmin } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { georep } from './support/switch.ts'
import { write } from './support/write.ts'

// A mirror that cannot go on is FAILED with a reason, and what stands on the destination by then is the source's, record by record.

const { east, west } = sharedClusters()

/** A mirror with some records on it, and a runner that has just stopped unless it is to go on. */
async function mirrored(
  body: (it: {
    readonly topic: string
    readonly link: TestLink
    readonly good: readonly FullRecord[]
  }) => Promise<void>,
  options: { readonly isRunning: boolean; readonly partitions?: number },
): Promise<void> {
  const topic = await createdTopic(east.bootstrap, { partitions: options.partitions ?? 1 })
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  await write(east.bootstrap, topic, 10, { prefix: 'good' })
  const runner = await link.run()
  const good = await expectSameRecords(east.bootstrap, west.bootstrap, topic)
  if (!options.isRunning) expect(await runner.stop()).toBe(0)
  await body({ topic, link, good })
}

/** Nothing was added, and nothing comes. */
async function expectOnly(records: readonly FullRecord[], topic: string): Promise<void> {
  await sleep(1_000)
  expect(await recordsIn(west.bootstrap, topic, records.length)).toEqual(records)
}

/** One offset that no consumer sees, at the end of the mirror. */
async function markerOn(topic: string): Promise<void> {
  const signal = AbortSignal.timeout(30_000)
  await using cluster = layer(west)
  const markers = await AbortMarkers.take(cluster, unique('twice'), { signal })
  expect(await markers.append([{ topic, partition: 0 }], { signal, beforeWrite: () => undefined, onTrouble: () => undefined })).toEqual(new Map()) // prettier-ignore
}

async function recreate(topic: string, count = 20): Promise<void> {
  await withAdmin(east.bootstrap, async (admin) => {
    await admin.deleteTopics({ topics: [topic] })
    await eventually('the topic is gone', async () => !(await admin.listTopics()).includes(topic))
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
  })
  await write(east.bootstrap, topic, count, { prefix: 'other' })
}

describe.concurrent('a mirror is FAILED, and nothing is misplaced', () => {
  it.each([true, false])(
    'when the source topic was deleted and created anew, the runner at work: %s',
    async (isRunning) => {
      await mirrored(
        async ({ topic, link, good }) => {
          await recreate(topic)
          if (!isRunning) await link.run()
          const gone = `the source topic "${topic}" is gone`
          const anew = `the source topic "${topic}" was deleted and created anew`
          expect(isRunning ? [gone, anew] : [anew]).toContain(await link.failure(topic))
          await expectOnly(good, topic)
        },
        { isRunning },
      )
    },
  )

  it.each([true, false])('when the mirror topic was deleted, the runner at work: %s', async (isRunning) => {
    await mirrored(
      async ({ topic, link }) => {
        await withAdmin(west.bootstrap, async (admin) => { await admin.deleteTopics({ topics: [topic] }) }) // prettier-ignore
        await write(east.bootstrap, topic, 1)
        if (!isRunning) await link.run()
        expect(await link.failure(topic)).toBe(`the mirror topic "${topic}" is gone`)
      },
      { isRunning },
    )
  })

  it('when retention has passed its position', async () => {
    await mirrored(
      async ({ topic, link, good }) => {
        await write(east.bootstrap, topic, 10)
        await withAdmin(east.bootstrap, async (admin) => {
          await admin.fetchTopicMetadata({ topics: [topic] })
          await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '15' }] })
        })
        await link.run()
        expect(await link.failure(topic)).toBe(
          'the source log begins at 15, and the mirror ends at 10: records between them are gone at the source',
        )
        await expectOnly(good, topic)
      },
      { isRunning: false },
    )
  })

  it.each([
    ['and the source has not gone on', 0],
    ['and the source has as many records more', 2],
    ['and the source is far ahead', 20],
  ])('when someone else wrote to the mirror topic while no runner ran, %s', async (_, more) => {
    await mirrored(
      async ({ topic, link }) => {
        await write(west.bootstrap, topic, 2, { prefix: 'foreign' })
        if (more > 0) await write(east.bootstrap, topic, more)
        const before = await recordsIn(west.bootstrap, topic, 12)
        await link.run()
        expect(await link.failure(topic)).toContain('something else wrote to the mirror topic')
        await expectOnly(before, topic)
      },
      { isRunning: false },
    )
  })

  it('and its ends do not say that a failover loses nothing: what it holds may be another’s', async () => {
    await mirrored(
      async ({ topic, link, good }) => {
        await write(west.bootstrap, topic, 2, { prefix: 'foreign' })
        await write(east.bootstrap, topic, 2, { prefix: 'lost' })
        await link.run()
        await link.failure(topic)
        const failover = ['mirror', 'failover', topic, '--confirm', topic, '--force-while-source-up', '-o', 'json']
        const limited = await georep(link, ...failover, '--max-loss-records', '0')
        expect(limited.code, limited.err).toBe(5)
        expect(limited.err).toContain(
          `at least 0 records would be lost, how many more is not known (mirrors that may hold other records than their source's: "${topic}", FAILED)`,
        )
        const exposed = await georep(link, 'exposure', '-o', 'json')
        expect(exposed.code, exposed.err).toBe(4)
        const least = { kind: 'atLeast', records: '0' }
        expect(JSON.parse(exposed.out)).toMatchObject({ data: { links: [{ records: least }] } })
        const deletion = await georep(link, 'mirror', 'delete', topic, '--dry-run', '-o', 'json')
        expect(JSON.parse(deletion.out)).toMatchObject({ data: { mirrors: [{ state: 'FAILED' }] } })
        const done = await georep(link, ...failover)
        expect(done.code, done.err).toBe(0)
        expect(JSON.parse(done.out)).toMatchObject({
          data: { results: [{ outcome: 'applied', ends: ['12'], loss: least }] },
        })
        const held = (await recordsIn(west.bootstrap, topic, 12)).map(({ value }) => value)
        expect(held).toEqual([...good.map(({ value }) => value), 'foreign 0', 'foreign 1'])
      },
      { isRunning: false },
    )
  })

  it.each([
    [
      'as it is ahead of its source',
      (topic: string) => `(mirrors that may hold other records than their source's: "${topic}", AHEAD)`,
      async (topic: string) => {
        await write(west.bootstrap, topic, 3, { prefix: 'foreign' })
        await write(east.bootstrap, topic, 2, { prefix: 'other' })
      },
    ],
    [
      'as its source topic was deleted and created anew',
      (topic: string) => `how many more is not known: the source topic "${topic}" was deleted and created anew`,
      async (topic: string) => {
        await recreate(topic, 10)
      },
    ],
  ] as const)('or will be, %s: its ends do not say either that a failover loses nothing', async (_, why, harm) => {
    await mirrored(
      async ({ topic, link }) => {
        await harm(topic)
        const failover = ['mirror', 'failover', topic, '--confirm', topic, '--force-while-source-up', '-o', 'json']
        const limited = await georep(link, ...failover, '--max-loss-records', '0')
        expect(limited.code, limited.err).toBe(5)
        expect(limited.err).toContain(`at least 0 records would be lost`)
        expect(limited.err).toContain(why(topic))
        const exposed = await georep(link, 'exposure', '-o', 'json')
        expect(exposed.code, exposed.err).toBe(4)
        const least = { kind: 'atLeast', records: '0' }
        expect(JSON.parse(exposed.out)).toMatchObject({ data: { links: [{ records: least }] } })
        const lag = await georep(link, 'lag', '--fail-over', '1h', '-o', 'json')
        expect(lag.code, lag.out).not.toBe(0)
        const done = await georep(link, ...failover)
        expect(done.code, done.err).toBe(0)
        expect(JSON.parse(done.out)).toMatchObject({ data: { results: [{ outcome: 'applied', loss: least }] } })
        const { ends } = (JSON.parse(done.out) as { data: { results: readonly [{ ends: readonly [string] }] } }).data
          .results[0]
        const held = (await recordsIn(west.bootstrap, topic, Number(ends[0]))).map(({ value }) => value)
        expect(held.filter((value) => value?.startsWith('other') === true)).toEqual([])
      },
      { isRunning: false },
    )
  })

  // As of a coordinator that got no answer from the partition's leader, and sent its marker again.
  it.each([true, false])('when a marker too many stands at its end, the runner at work: %s', async (isRunning) => {
    await mirrored(
      async ({ topic, link, good }) => {
        await markerOn(topic)
        await write(east.bootstrap, topic, 3, { prefix: 'under' })
        if (isRunning) {
          expect(await link.failure(topic)).toContain('source offset 10 came to stand at 11: ')
          return
        }
        await link.run()
        expect(await link.failure(topic)).toBe(
          'the mirror hides offset 10, where the source has a record: a marker was written twice, or something else wrote to the mirror topic',
        )
        await expectOnly(good, topic)
        expect(await endsOf(west.bootstrap, topic)).toEqual([11])
      },
      { isRunning },
    )
  })

  it('when someone else writes to the mirror topic under a runner', async () => {
    await mirrored(
      async ({ topic, link, good }) => {
        await write(west.bootstrap, topic, 1, { prefix: 'foreign' })
        await write(east.bootstrap, topic, 1, { prefix: 'first' })
        expect(await link.failure(topic)).toBe(
          'source offset 10 came to stand at 11: something else wrote to the mirror topic',
        )
        await write(east.bootstrap, topic, 5, { prefix: 'later' })
        const values = (await recordsIn(west.bootstrap, topic, 12)).map(({ value }) => value)
        // Kafka has no append at a given offset: the one batch that showed it stands one too far.
        expect(values).toEqual([...good.map(({ value }) => value), 'foreign 0', 'first 0'])
      },
      { isRunning: true },
    )
  })

  it.each([true, false])('when someone else adds partitions to it, the runner at work: %s', async (isRunning) => {
    await mirrored(
      async ({ topic, link }) => {
        await withAdmin(west.bootstrap, async (admin) => { await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] }) }) // prettier-ignore
        if (!isRunning) await link.run()
        expect(await link.failure(topic)).toBe(
          `the mirror topic "${topic}" has 3 partitions, and the source topic 1: something else has added some`,
        )
      },
      { isRunning },
    )
  })

  it('and the other mirrors of the link go on', async () => {
    await mirrored(
      async ({ topic, link }) => {
        const other = await createdTopic(east.bootstrap)
        await link.mirror(other)
        await recreate(topic)
        await link.failure(topic)
        await write(east.bootstrap, other, 10)
        await expectSameRecords(east.bootstrap, west.bootstrap, other)
      },
      { isRunning: true },
    )
  })
})
