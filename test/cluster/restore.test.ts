import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { salvageFolder } from '../../src/cli/mirror/salvage-folder.ts'
import { systemTime } from '../../src/cli/system-time.ts'
import { embeddedEngine } from '../../src/engines/embedded/embedded-engine.ts'
import { expectDocument } from '../support/published.ts'
import { commit, committedBy } from './support/commits.ts'
import { configsOf } from './support/frozen-runner.ts'
import { createPartitioner, kafkajsClient } from './support/kafkajs-client.ts'
import { act, TestLink } from './support/link.ts'
import { endsOf, type FullRecord, recordsIn, sameEnds } from './support/log-content.ts'
import { createdTopic, eventually, withAdmin } from './support/observe.ts'
import { salvaged } from './support/salvaged.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { randomId } from './support/sandbox-deps.ts'
import { signalledAt } from './support/signalled.ts'
import { allow, deniedWriters, georep, inThisProcess, startOn } from './support/switch.ts'
import { write } from './support/write.ts'

// The way back after a failover. What is looked for: a record that is lost, doubled or at another offset after topics failed over there and back three
// times; a salvage that has not exactly what never arrived; a topic that was deleted before that; anything changed by a restore that was refused.

const { east, west } = sharedClusters()
const signal = AbortSignal.timeout(300_000)
const partitions = 2
const folder = mkdtempSync(join(tmpdir(), 'georep-salvaged-'))
afterAll(() => { rmSync(folder, { recursive: true }) }) // prettier-ignore

/** Two records of a committed transaction, with a header and an empty key, and two of one that was aborted. */
async function writeInTransactions(bootstrap: readonly string[], topic: string): Promise<void> {
  const producer = kafkajsClient(bootstrap).producer({ createPartitioner, transactionalId: unique('txn'), idempotent: true, maxInFlightRequests: 1 }) // prettier-ignore
  await producer.connect()
  try {
    for (const isCommitted of [true, false]) {
      const transaction = await producer.transaction()
      const messages = [0, 1].map((index) => ({ partition: 1, key: '', value: `${isCommitted ? 'committed' : 'aborted'} ${index}`, headers: { trace: `t${index}` } })) // prettier-ignore
      await transaction.send({ topic, messages })
      await (isCommitted ? transaction.commit() : transaction.abort())
    }
  } finally {
    await producer.disconnect()
  }
}

async function restoring(link: TestLink, topic: string, ...argv: readonly string[]) {
  return await georep(link, 'mirror', 'restore', topic, '--confirm', topic, ...argv)
}

async function topicIdOf(link: TestLink, topic: string): Promise<string | undefined> {
  return (await link.source.metadata([topic], { signal })).topics.get(topic)?.topicId
}

/** A restore that is cut short when it says this. */
async function cutShort(pair: { readonly from: TestLink; readonly onto: TestLink }, topic: string, fence: 'acl' | 'none', dir: string, when: string): Promise<void> {
  const targets = { from: pair.from.target, onto: pair.onto.target }
  const plan = await embeddedEngine.planRestore(targets, [topic], { signal, fence, history: 'full' })
  const onProgress = (text: string): void => { if (text.startsWith(when)) throw new Error(`cut short: ${text}`) } // prettier-ignore
  const salvage = salvageFolder(dir, { newId: randomId, time: systemTime })
  const by = { ...act('mirror restore'), sourceFence: { how: fence }, salvage, history: 'full' as const, onProgress }
  await expect(embeddedEngine.restore(targets, plan, by, { signal })).rejects.toThrow(`cut short: ${when}`)
} // prettier-ignore

it('is refused, nothing changed, without a place for what never arrived, while a group reads, and of what is not the source any more', async () => {
  const topic = await createdTopic(east.bootstrap, { partitions })
  await allow(east.bootstrap, topic, 'app')
  await using link = await TestLink.create({ east, west })
  await using back = await link.back()
  await link.mirror(topic)
  const open = await restoring(link, topic)
  expect({ code: open.code, err: open.err }).toEqual({ code: 5, err: expect.stringContaining('it is ACTIVE: only what was stopped comes back') as string }) // prettier-ignore
  await write(east.bootstrap, topic, 3, { prefix: 'never' })
  await link.failover([topic])
  const [id, before] = [await topicIdOf(link, topic), await configsOf(east.bootstrap, topic)]

  const reversed = await georep(link, 'mirror', 'reverse', topic, '--dry-run')
  expect({ code: reversed.code, err: reversed.err }).toEqual({ code: 5, err: expect.stringContaining(`next: georep --config ${link.configFile} mirror restore ${topic} --link ${link.name} --dry-run`) as string }) // prettier-ignore
  const unsaid = await restoring(link, topic)
  expect({ code: unsaid.code, out: unsaid.out }).toEqual({ code: 5, out: '' })
  expect(unsaid.err).toContain('error GR-RESTORE-BLOCKED')
  expect(unsaid.err).toContain('with --salvage <folder> or topic:<name>; it is to be replaced: say what keeps producers off it')
  const said = ['--salvage', join(folder, 'refused'), '--fence', 'acl']
  const planned = await georep(link, 'mirror', 'restore', topic, '--dry-run', '-o', 'json', ...said)
  expect(planned.code, planned.err).toBe(0)
  expect(JSON.parse(planned.out)).toMatchObject({ data: { topics: [{ how: 'replace', outcome: 'planned', partitions: [{ stoppedAt: '0', oldEnd: '3', neverArrived: '3' }, { neverArrived: '0' }] }] } }) // prettier-ignore

  const group = unique('group')
  const consumer = kafkajsClient(east.bootstrap).consumer({ groupId: group })
  await consumer.connect()
  try {
    await consumer.subscribe({ topic, fromBeginning: true })
    let seen = 0
    await consumer.run({ autoCommitThreshold: 1, eachMessage: async () => { await Promise.resolve(seen++) } }) // prettier-ignore
    await eventually('the group has committed', async () => seen === 3 && (await committedBy(east.bootstrap, group, topic))[0] === '3') // prettier-ignore
    const read = await restoring(link, topic, ...said)
    expect({ code: read.code, err: read.err }).toEqual({ code: 5, err: expect.stringContaining(`group "${group}" is Stable on "${link.source.name}"`) as string }) // prettier-ignore
  } finally {
    await consumer.disconnect()
  }
  expect([await topicIdOf(link, topic), await configsOf(east.bootstrap, topic)]).toEqual([id, before])
  expect(await deniedWriters(east.bootstrap, topic)).toEqual([])
  expect(existsSync(join(folder, 'refused'))).toBe(false)
  await back.target.state.refresh({ signal })
  expect(back.target.state.mirrors(back.name)).toEqual([])
}) // prettier-ignore

it('warns of what would be deleted with the old source though it had arrived: the topic that is written to has it not any more', async () => {
  const topic = await createdTopic(east.bootstrap, { partitions })
  await using link = await TestLink.create({ east, west })
  await using back = await link.back()
  expect(back.name).not.toBe(link.name)
  await link.mirror(topic)
  await write(east.bootstrap, topic, 5)
  const runner = await link.run()
  await eventually('it is mirrored', async () => String(await endsOf(west.bootstrap, topic)) === '5,0')
  await runner.kill()
  await write(east.bootstrap, topic, 2, { prefix: 'never' })
  await link.failover([topic])
  const said = ['--salvage', join(folder, 'aged'), '--fence', 'none', '--dry-run', '-o', 'json'] as const
  const warningsNow = async (): Promise<readonly string[]> =>
    (JSON.parse((await georep(link, 'mirror', 'restore', topic, ...said)).out) as { data: { warnings: string[] } }).data.warnings // prettier-ignore
  const before = await warningsNow()
  await withAdmin(west.bootstrap, async (admin) => {
    await admin.fetchTopicOffsets(topic) // kafkajs deletes only in topics that it has heard of
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '3' }] })
  })
  const alone = expect.stringContaining(`offsets 0 to 2 of ${topic}/0 are on "${link.source.name}" alone`) as string
  expect((await warningsNow()).filter((one) => !before.includes(one))).toEqual([alone])
}) // prettier-ignore

/** A topic whose mirror lacks three records of its source, and was failed over. */
async function failedOver(link: TestLink): Promise<string> {
  const topic = await createdTopic(east.bootstrap)
  await link.mirror(topic)
  await write(east.bootstrap, topic, 3, { prefix: 'never' })
  await link.failover([topic])
  return topic
}

it('with a command for a fence: what fails leaves the topic as it is, and what retention takes meanwhile is told', async () => {
  await using link = await TestLink.create({ east, west })
  await using back = await link.back()
  const topic = await failedOver(link)
  const [allowed, waiting, log, dir, taken] = ['allowed', 'waiting', 'log', 'hooked', 'taken'].map((name) => join(folder, name)) as [string, string, string, string, string] // prettier-ignore
  const command = `echo "$GEOREP_ACTION $GEOREP_TOPICS" >> ${log}; test -e ${allowed} || exit 3; touch ${waiting}; while test ! -e ${waiting}.over; do sleep 0.05; done`
  const said = ['--fence', `hook:${command}`]
  const before = [await topicIdOf(link, topic), await configsOf(east.bootstrap, topic), await recordsIn(east.bootstrap, topic, 3)] // prettier-ignore
  const expectAsBefore = async (): Promise<void> => {
    expect([await topicIdOf(link, topic), await configsOf(east.bootstrap, topic), await recordsIn(east.bootstrap, topic, 3)]).toEqual(before) // prettier-ignore
    expect((await back.view(topic)).state.state).toBe('PENDING')
  }
  const failed = await restoring(link, topic, '--salvage', dir, ...said)
  expect(failed.code, failed.err).toBe(1)
  expect(failed.out).toMatch(new RegExp(`${topic} +${topic} +failed .*the command that is to fence the source .*3`))
  expect(existsSync(dir)).toBe(false)
  await expectAsBefore()

  writeFileSync(allowed, '')
  writeFileSync(`${waiting}.over`, '')
  mkdirSync(join(taken, topic), { recursive: true })
  writeFileSync(join(taken, topic, 'notes'), 'of somebody')
  const elsewhere = await restoring(link, topic, '--salvage', taken, ...said)
  // Before a producer is kept off.
  expect(elsewhere.code, elsewhere.err).toBe(5)
  expect(elsewhere.err).toMatch(/GR-SALVAGE-TAKEN: .* has files, and no manifest of a salvage$/m)
  expect(readdirSync(join(taken, topic))).toEqual(['notes'])
  await expectAsBefore()

  rmSync(`${waiting}.over`)
  const going = restoring(link, topic, '--salvage', dir, ...said)
  await eventually('producers are being kept off', () => Promise.resolve(existsSync(waiting)))
  await withAdmin(east.bootstrap, async (admin) => {
    await admin.fetchTopicOffsets(topic) // kafkajs deletes only in topics that it has heard of
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] })
  })
  writeFileSync(`${waiting}.over`, '')
  const done = await going
  expect(done.code, done.err).toBe(0)
  expect(done.err).toContain(`warning: offsets 0 to 1 of ${topic}/0 never arrived, and "${link.source.name}" had them no more when the others were saved`) // prettier-ignore
  expect(salvaged(dir, topic, 1).map(({ offset, value }) => `${offset} ${value ?? ''}`)).toEqual(['2 never 2'])
  expect(readFileSync(log, 'utf8')).toBe(['fence', 'fence', 'unfence'].map((action) => `${action} ${topic}\n`).join('')) // prettier-ignore
  expect(await topicIdOf(link, topic)).not.toBe(before[0])
  expect((await back.view(topic)).state.state).toBe('ACTIVE')
})

it('waits for a transaction that is open on the old source; when the time is up it says so, and has changed nothing there', async () => {
  await using link = await TestLink.create({ east, west })
  await using back = await link.back()
  const topic = await failedOver(link)
  const id = await topicIdOf(link, topic)
  const producer = kafkajsClient(east.bootstrap).producer({ createPartitioner, transactionalId: unique('txn'), idempotent: true, maxInFlightRequests: 1 }) // prettier-ignore
  await producer.connect()
  try {
    const open = await producer.transaction()
    await open.send({ topic, messages: [{ value: 'undecided' }] })
    const targets = { from: link.target, onto: back.target }
    const plan = await embeddedEngine.planRestore(targets, [topic], { signal, fence: 'none', history: 'full' })
    // Between two looks at the clock more goes by than is waited for.
    let passedMs = 0
    const told: string[] = []
    const onProgress = (text: string): void => { told.push(text) } // prettier-ignore
    const isWaiting = (): boolean => told.at(-1)?.startsWith('waiting') === true
    const time = { ...systemTime, monotonic: () => systemTime.monotonic() + (passedMs += isWaiting() ? 80_000 : 0) }
    const dir = join(folder, 'undecided')
    const salvage = salvageFolder(dir, { newId: randomId, time: systemTime })
    const by = { ...act('mirror restore'), time, sourceFence: { how: 'none' } as const, salvage, history: 'full' as const, onProgress } // prettier-ignore
    const results = await embeddedEngine.restore(targets, plan, by, { signal })
    const why = `partition 0 of "${topic}" have transactions that are not decided, or replicas that lag behind; brokers end them when their time is up: the same command goes on then`
    expect(results.get(topic)).toEqual({ outcome: { kind: 'pending', why }, saved: [] })
    expect(told.at(-1)).toBe(`waiting for open transactions of "${topic}" to end`)
    expect(await topicIdOf(link, topic)).toBe(id)
    expect(existsSync(dir)).toBe(false)
    await open.commit()
    const again = await restoring(link, topic, '--salvage', dir, '--fence', 'none')
    expect(again.code, again.err).toBe(0)
    expect(salvaged(dir, topic, 1).map(({ value }) => value)).toEqual(['never 0', 'never 1', 'never 2', 'undecided'])
  } finally {
    await producer.disconnect()
  }
})

it('with --history delta begins where the logs part, at identical offsets, names groups that would miss something, and goes on from there', async () => {
  const group = unique('group')
  const topic = await createdTopic(east.bootstrap, { partitions })
  await using link = await TestLink.create({ east, west }, { groups: [group] })
  await using back = await link.back({ groups: [group] })
  await link.mirror(topic)
  await write(east.bootstrap, topic, 5)
  const runner = await link.run({ groupsInterval: '200ms' })
  await commit(link.source, group, topic, [3])
  await eventually('it is mirrored', async () => String(await endsOf(west.bootstrap, topic)) === '5,0')
  await eventually('group offsets follow', async () => (await committedBy(west.bootstrap, group, topic))[0] === '3')
  await runner.kill()
  await write(east.bootstrap, topic, 2, { prefix: 'never' })
  await link.failover([topic])
  await write(west.bootstrap, topic, 4, { prefix: 'after' })
  await write(west.bootstrap, topic, 2, { prefix: 'after', partition: 1 })

  const said = ['--salvage', join(folder, 'delta'), '--fence', 'none', '--history', 'delta'] as const
  const planned = await georep(link, 'mirror', 'restore', topic, '--dry-run', '-o', 'json', ...said)
  const late = `group "${group}" is at 3 of ${topic}/0 on "${link.destination.name}", and the mirror on "${link.source.name}" is to begin at 5: there it would miss what lies between`
  expect((JSON.parse(planned.out) as { data: { warnings: string[] } }).data.warnings).toContain(late)
  const restored = await restoring(link, topic, ...said)
  expect(restored.code, restored.err).toBe(0)
  // Wherever the first of them has got to.
  await (await back.run()).kill()
  await back.run()
  await sameEnds(topic, [east.bootstrap, west.bootstrap])
  const all = await recordsIn(west.bootstrap, topic, 11)
  const wanted = all.filter(({ partition, offset }) => partition === 1 || Number(offset) >= 5)
  expect(wanted).toHaveLength(6)
  await eventually('the log begins where it is to', async () => (await startsOf(east.bootstrap, topic)) === '5,0')
  expect(await recordsIn(east.bootstrap, topic, 6)).toEqual(wanted)

  await georepPromotes(back, topic)
  await write(east.bootstrap, topic, 1, { prefix: 'home' })
  const forth = await georep(back, 'mirror', 'reverse', topic, '--fence', 'none', '--confirm', topic)
  expect(forth.code, forth.err).toBe(0)
  await link.run()
  await sameEnds(topic, [east.bootstrap, west.bootstrap])
  expect((await recordsIn(west.bootstrap, topic, 12)).slice(-1)).toEqual((await recordsIn(east.bootstrap, topic, 7)).slice(-1)) // prettier-ignore
  expect((await recordsIn(west.bootstrap, topic, 12)).filter((one) => all.some(({ partition, offset }) => partition === one.partition && offset === one.offset))).toEqual(all) // prettier-ignore
})

async function startsOf(bootstrap: readonly string[], topic: string): Promise<string> {
  const starts = await withAdmin(bootstrap, async (admin) => await admin.fetchTopicOffsets(topic))
  return starts.toSorted((a, b) => a.partition - b.partition).map(({ low }) => low).join(',') // prettier-ignore
}

/** Both clusters hold the same visible records at the same offsets, so many, none twice; those of before among them, where they were. */
async function expectSame(topic: string, count: number, before: readonly FullRecord[]): Promise<readonly FullRecord[]> {
  await sameEnds(topic, [east.bootstrap, west.bootstrap])
  const [there, here] = [await recordsIn(east.bootstrap, topic, count), await recordsIn(west.bootstrap, topic, count)]
  expect(here).toEqual(there)
  expect(here).toHaveLength(count)
  expect(new Set(here.map(({ partition, value }) => `${partition}/${String(value)}`)).size).toBe(count)
  expect(here.filter((one) => before.some(({ partition, offset }) => partition === one.partition && offset === one.offset))).toEqual(before) // prettier-ignore
  return here
}

it('fails over there and back three times, interrupted anywhere: every record that arrived once, at its offset, all others saved', async () => {
  const group = unique('group')
  const topic = await createdTopic(east.bootstrap, { partitions, configs: { 'compression.type': 'gzip' } })
  await allow(east.bootstrap, topic, 'app')
  await using link = await TestLink.create({ east, west }, { groups: [group] })
  await using back = await link.back({ groups: [group] })
  await link.mirror(topic)
  let runner = await link.run({ groupsInterval: '200ms' })
  let count = 0
  let records: readonly FullRecord[] = []
  for (let round = 1; round <= 3; round++) {
    const isEast = round % 2 === 1
    const [carrying, other] = isEast ? [link, back] : [back, link]
    const [from, to] = isEast ? [east, west] : [west, east]
    // The source of the first and third round has an authorizer.
    const fence = isEast ? 'acl' : 'none'
    await write(from.bootstrap, topic, 6, { prefix: `round ${round}` })
    await write(from.bootstrap, topic, 3, { prefix: `round ${round}`, partition: 1 })
    count += 9
    records = await expectSame(topic, count, records)
    await commit(carrying.source, group, topic, [4, 2])
    await eventually(
      'group offsets follow',
      async () => String(await committedBy(to.bootstrap, group, topic)) === '4,2',
    )
    await runner.kill()
    await write(from.bootstrap, topic, 4, { prefix: `never ${round}` })
    await writeInTransactions(from.bootstrap, topic)
    const tail = (all: readonly FullRecord[]) => all.filter((one) => !records.some(({ partition, offset }) => partition === one.partition && offset === one.offset)) // prettier-ignore
    const lost = tail(await recordsIn(from.bootstrap, topic, count + 6))
    await carrying.failover([topic])
    await write(to.bootstrap, topic, 5, { prefix: `after ${round}` })
    count += 5

    const dir = join(folder, `round-${round}`)
    const id = await topicIdOf(carrying, topic)
    const pair = { from: carrying, onto: other }
    const said = ['--salvage', dir, '--fence', fence]
    if (round === 1) {
      await cutShort(pair, topic, fence, dir, 'comparing')
      expect(await deniedWriters(east.bootstrap, topic)).toEqual(['User:*'])
      const { name, configFile } = carrying
      await startOn({ name, configFile, env: signalledAt({ said: 'making' }, 'SIGKILL') }, 'mirror', 'restore', topic, '--confirm', topic, ...said).killed() // prettier-ignore
      expect(await topicIdOf(carrying, topic)).not.toBe(id)
    }
    if (round === 2) {
      await cutShort(pair, topic, fence, dir, 'deleting')
      // Whoever goes on compares anew, and saves what came since.
      expect(await topicIdOf(carrying, topic)).toBe(id)
      await write(from.bootstrap, topic, 1, { prefix: 'since' })
    }
    if (round === 3) await cutShort(pair, topic, fence, dir, 'freeing')
    const view = await other.view(topic)
    expect(view.state.state).toBe('PENDING')
    const runbook = [
      'runbook',
      'run',
      'failback-after-failover',
      '--set',
      `link=${carrying.name}`,
      '--set',
      `salvage=${dir}`,
    ]
    const restored =
      round === 3
        ? await inThisProcess(...runbook, '--confirm', carrying.name, '--config', carrying.configFile, '--history-dir', join(folder, 'history')) // prettier-ignore
        : await restoring(carrying, topic, ...said)
    expect(restored.code, restored.err).toBe(0)
    expect(await topicIdOf(carrying, topic)).not.toBe(id)
    const found = salvaged(dir, topic, partitions)
    expect(round === 2 ? found.filter(({ value }) => value !== 'since 0') : found).toEqual(lost)
    expect(found).toHaveLength(round === 2 ? 7 : 6)
    for (const name of ['manifest', 'topic', 'offsets']) expectDocument(readFileSync(join(dir, topic, `${name}.json`), 'utf8'), name) // prettier-ignore
    expect(JSON.parse(readFileSync(join(dir, topic, 'manifest.json'), 'utf8'))).toMatchObject({ data: { topicId: id, verifiedAt: expect.any(String) as string } }) // prettier-ignore
    expect(JSON.parse(readFileSync(join(dir, topic, 'offsets.json'), 'utf8'))).toMatchObject({ data: { offsets: expect.arrayContaining([expect.objectContaining({ group, partition: 0, offset: '4' })]) as unknown } }) // prettier-ignore
    expect(await deniedWriters(east.bootstrap, topic)).toEqual([])
    const again = await restoring(carrying, topic)
    expect({ code: again.code, out: again.out }).toEqual({ code: 0, out: expect.stringContaining('unchanged') as string }) // prettier-ignore
    runner = await other.run({ groupsInterval: '200ms' })
  }
  records = await expectSame(topic, count, records)
  await georepPromotes(back, topic)
  expect(await configsOf(east.bootstrap, topic)).toContain('compression.type=gzip own')
})

async function georepPromotes(link: TestLink, topic: string): Promise<void> {
  const { code, err } = await georep(link, 'mirror', 'promote', topic, '--fence', 'none', '--confirm', topic)
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('no record is missing') as string })
}
