import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { expect, it } from 'vitest'
import { systemTime } from '../../src/cli/system-time.ts'
import { drain } from '../../src/engines/embedded/switch/drain.ts'
import { embeddedEngine } from '../../src/engines/embedded/embedded-engine.ts'
import { commit, committedBy } from './support/commits.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { configsOf } from './support/frozen-runner.ts'
import { act, TestLink } from './support/link.ts'
import { endsOf, recordsIn } from './support/log-content.ts'
import { createdTopic, eventually, withAdmin } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { allow, deniedWriters, denyWrites, georep, startOn, Writer } from './support/switch.ts'
import type { GeorepProcess } from './support/georep-process.ts'
import { write } from './support/write.ts'

// The planned switch. The shared source has an authorizer: `app` comes by SASL and is bound by ACLs, whoever comes by PLAINTEXT is a super user.

const { east, west } = sharedClusters()
const signal = AbortSignal.timeout(300_000)
const partitions = 2

async function mirrored(
  options: { readonly groups?: readonly string[] } = {},
): Promise<{ link: TestLink; topic: string }> {
  const topic = await createdTopic(east.bootstrap, { partitions })
  await allow(east.bootstrap, topic, 'app')
  const link = await TestLink.create({ east, west }, options)
  await link.mirror(topic)
  await link.run({ groupsInterval: '200ms' })
  return { link, topic }
}

/** Every record that the source has is on the destination at its offset, and every value that was acknowledged is among them. */
async function expectNothingMissing(topic: string, acknowledged: readonly string[]): Promise<void> {
  const count = (await endsOf(east.bootstrap, topic)).reduce((sum, end) => sum + end, 0)
  const [there, here] = [await recordsIn(east.bootstrap, topic, count), await recordsIn(west.bootstrap, topic, count)]
  expect(here).toEqual(there)
  const values = new Set(here.map(({ value }) => value))
  expect(acknowledged.filter((value) => !values.has(value))).toEqual([])
}

it('--fence acl: with a producer that writes throughout no acknowledged record is missing, and offsets and settings are equal', async () => {
  const group = unique('group')
  const { link, topic } = await mirrored({ groups: [group] })
  await using _ = link
  await denyWrites(east.bootstrap, topic, 'other')
  const writer = await Writer.start(east.secure, topic, partitions, 'app')
  await eventually('records arrive', async () => (await endsOf(west.bootstrap, topic)).every((end) => end > 20))
  await withAdmin(east.bootstrap, async (admin) => {
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name: 'retention.ms', value: '7654321' }, { name: 'compression.type', value: 'gzip' }] }] }) // prettier-ignore
  })
  await commit(link.source, group, topic, [7, 11])
  const { code, out, err } = await georep(
    link,
    'mirror',
    'promote',
    topic,
    '--fence',
    'acl',
    '--confirm',
    topic,
    '-o',
    'json',
  )
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('no record is missing') as string })
  expect((JSON.parse(out) as { data: unknown }).data).toMatchObject({ results: [{ topic, outcome: 'applied', missing: { kind: 'exact', records: '0' } }] }) // prettier-ignore
  await eventually('the producer is refused', () => Promise.resolve(writer.refusals.size > 0))
  await writer.stop()
  expect([...writer.refusals]).toEqual(['TOPIC_AUTHORIZATION_FAILED'])
  await expectNothingMissing(topic, writer.acknowledged)
  expect(await committedBy(west.bootstrap, group, topic)).toEqual(['7', '11'])
  const configs = await configsOf(west.bootstrap, topic)
  expect(configs).toContain('retention.ms=7654321 own')
  expect(configs).toContain('compression.type=gzip own')
  // The destination takes writes, the source does not until it is freed; what others denied stays denied.
  await write(west.bootstrap, topic, 3)
  expect(await deniedWriters(east.bootstrap, topic)).toEqual(['User:*', 'User:other'])
  const freed = await georep(link, 'mirror', 'unfence', topic, '--confirm', topic)
  expect({ code: freed.code, err: freed.err }).toEqual({
    code: 0,
    err: expect.stringContaining('both sides would') as string,
  })
  expect(await deniedWriters(east.bootstrap, topic)).toEqual(['User:other'])
})

it('--fence hook: the command is told what and which, and what was acknowledged before it ended is not missing', async () => {
  const { link, topic } = await mirrored()
  await using _ = link
  const folder = mkdtempSync(join(tmpdir(), 'georep-hook-'))
  const [told, stopped] = [join(folder, 'told'), join(folder, 'stopped')]
  const writer = await Writer.start(east.bootstrap, topic, partitions)
  try {
    await eventually('records arrive', async () => (await endsOf(west.bootstrap, topic)).every((end) => end > 20))
    const hook = `echo "$GEOREP_ACTION $GEOREP_LINK $GEOREP_TOPICS" > ${told}; echo stopping; until [ -e ${stopped} ]; do sleep 0.05; done`
    const promoted = georep(link, 'mirror', 'promote', topic, '--fence', `hook:${hook}`, '--confirm', topic)
    await eventually('the hook runs', () =>
      Promise.resolve(existsSync(told) && readFileSync(told, 'utf8').endsWith('\n')),
    )
    await writer.stop()
    writeFileSync(stopped, '')
    const { code, err } = await promoted
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('hook: stopping') as string })
    expect(readFileSync(told, 'utf8')).toBe(`fence ${link.name} ${topic}\n`)
    await expectNothingMissing(topic, writer.acknowledged)
  } finally {
    await writer.stop()
    rmSync(folder, { recursive: true })
  }
})

it('a hook that fails ends the promote with 1, is asked to take it back, and the mirror stays ACTIVE', async () => {
  const { link, topic } = await mirrored()
  await using _ = link
  const folder = mkdtempSync(join(tmpdir(), 'georep-hook-'))
  try {
    const hook = `echo $GEOREP_ACTION >> ${folder}/told; [ $GEOREP_ACTION = unfence ] || exit 3`
    const { code, err } = await georep(link, 'mirror', 'promote', topic, '--fence', `hook:${hook}`, '--confirm', topic)
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('error GR-FENCE-HOOK') as string })
    expect(err).toContain('has exited with 3')
    expect(readFileSync(join(folder, 'told'), 'utf8')).toBe('fence\nunfence\n')
    expect((await link.view(topic)).state.state).toBe('ACTIVE')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('--fence none: a record that is written after the mirrors have ended is noticed, counted and placed', async () => {
  const { link, topic } = await mirrored()
  await using _ = link
  await write(east.bootstrap, topic, 10)
  const { target } = link
  const plan = await embeddedEngine.planPromote(target, [topic], 'none', { signal })
  expect(plan.blockers).toEqual([])
  const report = await embeddedEngine.promote(
    target,
    plan,
    {
      ...act('mirror promote'),
      sourceFence: { how: 'none' },
      timeoutMs: 30_000,
      onProgress: (text) => {
        if (text === 'reading both ends again') writeAtOnce(east.bootstrap, topic, 3)
      },
    },
    { signal },
  )
  expect(report.results).toMatchObject([
    {
      topic,
      outcome: { kind: 'applied' },
      ends: [10n, 0n],
      sourceEnds: [13n, 0n],
      loss: { kind: 'exact', records: 3n },
    },
  ])
  // The same command again looks again, and says it in its exit code.
  const again = await georep(link, 'mirror', 'promote', topic, '--fence', 'none', '--confirm', topic)
  expect({ code: again.code, err: again.err }).toEqual({ code: 1, err: expect.stringContaining('error GR-WRITTEN-PAST-FENCE: 3 records') as string }) // prettier-ignore
  expect(again.err).toContain(`topic "${topic}" partition 0: offsets 10 to 12 are on`)
})

it('a super user who writes past the ACLs holds the promote up; when the time is up all is taken back, and only what georep did', async () => {
  const { link, topic } = await mirrored()
  await using _ = link
  await denyWrites(east.bootstrap, topic, 'other')
  const writer = await Writer.start(east.bootstrap, topic, partitions)
  try {
    const promoting = startOn(link, 'mirror', 'promote', topic, '--fence', 'acl', '--timeout', '3s', '--confirm', topic)
    await promoting.says('draining')
    expect(await deniedWriters(east.bootstrap, topic)).toEqual(['User:*', 'User:other'])
    expect(await promoting.ended).toMatchObject({ code: 8, err: expect.stringContaining('error GR-PROMOTE-TIMED-OUT') as string }) // prettier-ignore
    expect(promoting.err).toContain('the source takes writes again, the mirrors are ACTIVE, as before')
    expect(await deniedWriters(east.bootstrap, topic)).toEqual(['User:other'])
    const ends = await endsOf(west.bootstrap, topic)
    await eventually('the mirror goes on', async () => (await endsOf(west.bootstrap, topic))[0]! > ends[0]! + 20)
  } finally {
    await writer.stop()
  }
})

it('a mirror is not drained while a transaction is open on the source, which is named', async () => {
  // Without a runner: today it stops a mirror at the first record of a transaction.
  const topic = await createdTopic(east.bootstrap, { partitions })
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  const { target } = link
  await target.state.refresh({ signal })
  const status = { text: '' }
  const drained = async (timeoutMs: number): Promise<void> => {
    const by = { time: systemTime, onProgress: () => undefined, status }
    await drain(target, target.state.mirrors(link.name), by, AbortSignal.timeout(timeoutMs))
  }
  await drained(20_000)
  const producer = kafkajsClient(east.bootstrap).producer({ createPartitioner, transactionalId: unique('txn'), idempotent: true, maxInFlightRequests: 1 }) // prettier-ignore
  await producer.connect()
  try {
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ partition: 1, value: 'open' }] })
    await expect(drained(3_000)).rejects.toThrow()
    expect(status.text).toContain(`1 record behind; a transaction is open on the source: ${topic}/1 (producer id `)
    await transaction.abort()
  } finally {
    await producer.disconnect()
  }
})

it('Ctrl-C takes all back; a promote that was killed is given up by unfence, or finished by the same command', async () => {
  const { link, topic } = await mirrored()
  await using _ = link
  const writer = await Writer.start(east.bootstrap, topic, partitions)
  const begun = async (): Promise<GeorepProcess> => {
    const promoting = startOn(link, 'mirror', 'promote', topic, '--fence', 'acl', '--confirm', topic)
    await promoting.says('draining')
    expect(await deniedWriters(east.bootstrap, topic)).toEqual(['User:*'])
    return promoting
  }
  try {
    const interrupted = await begun()
    interrupted.signal('SIGINT')
    expect(await interrupted.ended).toMatchObject({ code: 130, err: expect.stringContaining('error GR-PROMOTE-INTERRUPTED') as string }) // prettier-ignore
    expect(await deniedWriters(east.bootstrap, topic)).toEqual([])

    const killed = await begun()
    killed.signal('SIGKILL')
    await killed.ended
    expect(await deniedWriters(east.bootstrap, topic)).toEqual(['User:*'])
    expect((await georep(link, 'mirror', 'unfence', '--all', '--confirm', link.name)).code).toBe(0)
    expect(await deniedWriters(east.bootstrap, topic)).toEqual([])
    expect((await link.view(topic)).state.state).toBe('ACTIVE')

    const again = await begun()
    again.signal('SIGKILL')
    await again.ended
  } finally {
    await writer.stop()
  }
  const { code, err } = await georep(link, 'mirror', 'promote', topic, '--fence', 'acl', '--confirm', topic)
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('no record is missing') as string })
  await expectNothingMissing(topic, writer.acknowledged)
})

it.each([
  ['the source has no authorizer', 'west', 'GR-NO-AUTHORIZER'],
  ['a first ACL would shut readers out', 'east', 'has no ACLs'],
  ['there is no runner', 'allowed', 'has no runner'],
] as const)('is refused with 5, nothing changed, where %s', async (_, where, why) => {
  const from = where === 'west' ? west : east
  const topic = await createdTopic(from.bootstrap)
  if (where === 'allowed') await allow(east.bootstrap, topic, 'app')
  await using link = await TestLink.create(where === 'west' ? { east: west, west: east } : { east, west })
  await link.mirror(topic)
  if (where !== 'allowed') await link.run()
  const { code, out, err } = await georep(link, 'mirror', 'promote', topic, '--fence', 'acl', '--confirm', topic)
  expect({ code, out, err }).toEqual({ code: 5, out: '', err: expect.stringContaining(why) as string })
  expect((await link.view(topic)).state.state).toBe('ACTIVE')
  if (where !== 'west') expect(await deniedWriters(east.bootstrap, topic)).toEqual([])
})

/** Records that are there when this returns, from a place that cannot wait. */
function writeAtOnce(bootstrap: readonly string[], topic: string, count: number): void {
  const script = `
    const { Kafka, logLevel, Partitioners } = require('kafkajs')
    const producer = new Kafka({ brokers: ${JSON.stringify(bootstrap)}, logLevel: logLevel.NOTHING }).producer({ createPartitioner: Partitioners.DefaultPartitioner })
    producer.connect()
      .then(() => producer.send({ topic: '${topic}', messages: Array.from({ length: ${count} }, () => ({ partition: 0, value: 'late' })) }))
      .then(() => producer.disconnect())`
  execFileSync(process.execPath, ['-e', script], { cwd: import.meta.dirname, timeout: 20_000 })
}
