import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { embeddedEngine } from '../../src/engines/embedded/embedded-engine.ts'
import { commit, committedBy } from './support/commits.ts'
import { configsOf } from './support/frozen-runner.ts'
import { act, TestLink } from './support/link.ts'
import { endsOf, recordsIn, sameEnds } from './support/log-content.ts'
import { createdTopic, eventually } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { allow, deniedWriters, georep, inThisProcess } from './support/switch.ts'
import { abortedWrite, write } from './support/write.ts'

// The way back. What is looked for: a record that is lost, doubled or at another offset after topics went there and back three times; an old source that
// becomes a mirror although its log has parted from the promoted topic's; anything changed by a reverse that was refused.

const { east, west } = sharedClusters()
const signal = AbortSignal.timeout(300_000)
const partitions = 2

/** A topic that is mirrored, and was promoted; clients write to the destination. */
async function promoted(options: { readonly groups?: readonly string[]; readonly fence?: 'acl' | 'none' } = {}) {
  const topic = await createdTopic(east.bootstrap, { partitions, configs: { 'compression.type': 'gzip' } })
  await allow(east.bootstrap, topic, 'app')
  const link = await TestLink.create({ east, west }, options)
  await link.mirror(topic)
  await link.run({ groupsInterval: '200ms' })
  await write(east.bootstrap, topic, 10)
  await write(east.bootstrap, topic, 4, { partition: 1 })
  await promote(link, topic, options.fence)
  return { link, topic }
}

async function promote(link: TestLink, topic: string, fence: 'acl' | 'none' = 'none'): Promise<void> {
  const { code, err } = await georep(link, 'mirror', 'promote', topic, '--fence', fence, '--confirm', topic)
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('no record is missing') as string })
}

async function reverse(link: TestLink, topic: string): Promise<string> {
  const { code, err } = await georep(link, 'mirror', 'reverse', topic, '--confirm', topic)
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('next: georep') as string })
  return err
}

/** One that has gone the way back since, is carried there, and has come to hold more. */
async function gone(options: Parameters<typeof promoted>[0] = {}) {
  const { link, topic } = await promoted(options)
  const back = await link.back()
  await reverse(link, topic)
  await back.run()
  await write(west.bootstrap, topic, 3)
  return { link, topic, back, [Symbol.asyncDispose]: async () => { await back[Symbol.asyncDispose](); await link[Symbol.asyncDispose]() } } // prettier-ignore
}

it('is refused, nothing changed, without a link back, of what was not promoted, and when the old source was written to since', async () => {
  const { link, topic } = await promoted()
  await using _ = link
  const reversed = (...argv: readonly string[]) => georep(link, 'mirror', 'reverse', topic, '--confirm', topic, ...argv)
  const none = await reversed()
  expect({ code: none.code, out: none.out }).toEqual({ code: 5, out: '' })
  expect(none.err).toContain('error GR-NO-LINK-BACK')
  expect(none.err).toContain(`next: georep --config ${link.configFile} link create ${link.destination.name}-${link.source.name}`)

  await using back = await link.back()
  const before = await configsOf(east.bootstrap, topic)
  await write(east.bootstrap, topic, 3, { partition: 1 })
  const parted = await reversed()
  expect({ code: parted.code, out: parted.out }).toEqual({ code: 5, out: '' })
  expect(parted.err).toContain(`error GR-REVERSE-BLOCKED: topic "${topic}": partition 1 ends at 7 on "${link.source.name}", and its mirror was stopped at 4: 3 offsets were written there since`) // prettier-ignore
  expect(parted.err).toContain(`next: georep --config ${link.configFile} mirror restore ${topic} --link ${link.name} --dry-run`)
  await back.target.state.refresh({ signal: AbortSignal.timeout(20_000) })
  expect(await configsOf(east.bootstrap, topic)).toEqual(before)

  const other = await createdTopic(east.bootstrap)
  await link.mirror(other)
  const open = await georep(link, 'mirror', 'reverse', other, '--dry-run')
  expect({ code: open.code, err: open.err }).toEqual({ code: 5, err: expect.stringContaining('it is ACTIVE: only what a promote has stopped goes the way back') as string }) // prettier-ignore
}) // prettier-ignore

/** Both clusters hold the same visible records at the same offsets, so many, none twice. */
async function expectSame(topic: string, count: number): Promise<void> {
  await sameEnds(topic, [east.bootstrap, west.bootstrap])
  const [there, here] = [await recordsIn(east.bootstrap, topic, count), await recordsIn(west.bootstrap, topic, count)]
  expect(here).toEqual(there)
  expect(here).toHaveLength(count)
  expect(new Set(here.map(({ partition, value }) => `${partition}/${String(value)}`)).size).toBe(count)
}

it('there and back three times: every record once, at its offset, and group offsets follow', async () => {
  const group = unique('group')
  const { link, topic } = await promoted({ groups: [group], fence: 'acl' })
  await using _ = link
  await using back = await link.back({ groups: [group] })
  await write(west.bootstrap, topic, 5, { prefix: 'west before' })
  expect(await deniedWriters(east.bootstrap, topic)).toEqual(['User:*'])
  const planned = await georep(link, 'mirror', 'reverse', topic, '--dry-run', '-o', 'json')
  expect(planned.code, planned.err).toBe(0)
  expect(await deniedWriters(east.bootstrap, topic)).toEqual(['User:*'])
  const pair = { from: link.target, onto: back.target }
  const plan = await embeddedEngine.planReverse(pair, [topic], { signal })
  const cutShort = { ...act('mirror reverse'), sourceFence: undefined, onProgress: (text: string) => { if (text.startsWith('freeing')) throw new Error('cut short') } } // prettier-ignore
  await expect(embeddedEngine.reverse(pair, plan, cutShort, { signal })).rejects.toThrow('cut short')
  expect((await back.view(topic)).state.state).toBe('PENDING')
  expect(await reverse(link, topic)).toContain(`georep keeps no producer off "${topic}"`)
  expect(await deniedWriters(east.bootstrap, topic)).toEqual([])
  expect(await configsOf(east.bootstrap, topic)).toContain('compression.type=producer own')
  const { record } = await back.view(topic)
  // Both sides held the same when the mirror was stopped: what was deleted since is to come.
  const { at } = (await link.view(topic)).record.state as { readonly at: string }
  expect(record).toMatchObject({ sourceTopic: topic, isTopicMade: false, state: { state: 'ACTIVE' }, reversed: { ends: [10n, 4n], epoch: 0, at } }) // prettier-ignore
  const again = await georep(link, 'mirror', 'reverse', topic, '--confirm', topic)
  expect({ code: again.code, out: again.out }).toEqual({ code: 0, out: expect.stringContaining('unchanged') as string })

  await back.run({ groupsInterval: '200ms' })
  let count = 19
  for (let round = 1; round <= 3; round++) {
    // What is written to, and the link that carries it; the other runner runs as well, and has nothing to carry.
    const isWest = round % 2 === 1
    const [carrying, idle] = isWest ? [back, link] : [link, back]
    const [from, to] = isWest ? [west, east] : [east, west]
    await write(from.bootstrap, topic, 7, { prefix: `round ${round}` })
    await write(from.bootstrap, topic, 3, { prefix: `round ${round}`, partition: 1 })
    count += 10
    await expectSame(topic, count)
    const ends = await endsOf(from.bootstrap, topic)
    await commit(carrying.source, group, topic, [ends[0], ends[1]! - 1])
    const wanted = [String(ends[0]), String(ends[1]! - 1)]
    await eventually('group offsets follow', async () => String(await committedBy(to.bootstrap, group, topic)) === String(wanted)) // prettier-ignore
    await promote(carrying, topic)
    if (round < 3) await reverse(carrying, topic)
    expect((await idle.view(topic)).state.state).toBe(round < 3 ? 'ACTIVE' : 'STOPPED')
  }
  await write(east.bootstrap, topic, 2, { prefix: 'open' })
  expect(await recordsIn(east.bootstrap, topic, count + 2)).toHaveLength(count + 2)
  expect(await configsOf(east.bootstrap, topic)).toContain('compression.type=gzip own')
})

it('an old source whose log ends with a transaction that was aborted, there and back, nothing written meanwhile', async () => {
  const topic = await createdTopic(east.bootstrap, { partitions })
  await using link = await TestLink.create({ east, west })
  await link.mirror(topic)
  await link.run()
  await write(east.bootstrap, topic, 4)
  await abortedWrite(east.bootstrap, topic, partitions)
  await promote(link, topic)
  await using back = await link.back()
  await reverse(link, topic)
  await back.run()
  await sameEnds(topic, [east.bootstrap, west.bootstrap])
  await promote(back, topic)
  await reverse(back, topic)
  await write(east.bootstrap, topic, 2, { partition: 1 })
  await expectSame(topic, 6)
})

it('a record that a producer writes to the old source stops the mirror, and is named', async () => {
  const { link, topic } = await promoted()
  await using _ = link
  await using back = await link.back()
  await reverse(link, topic)
  await write(east.bootstrap, topic, 1)
  await back.run()
  await write(west.bootstrap, topic, 3)
  expect(await back.failure(topic)).toMatch(/something else wrote to the mirror topic/)
})

it('a promote of what has gone the way back since says nothing of records that were carried there', async () => {
  await using way = await gone()
  const { link, topic } = way
  await sameEnds(topic, [east.bootstrap, west.bootstrap])
  const { code, err } = await georep(link, 'mirror', 'promote', topic, '--fence', 'none', '--confirm', topic)
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining(`topic "${topic}" on cluster "${link.source.name}" is a mirror itself by now`) as string }) // prettier-ignore
  expect(err).not.toContain('GR-WRITTEN-PAST-FENCE')
})

it('the runbook planned-switchover leaves alone what has gone the way back, and moves the rest', async () => {
  await using way = await gone({ fence: 'acl' })
  const { link, topic, back } = way
  const other = await createdTopic(east.bootstrap, { partitions })
  await allow(east.bootstrap, other, 'app')
  await link.mirror(other)
  await write(east.bootstrap, other, 5)
  const folder = mkdtempSync(join(tmpdir(), 'georep-beside-'))
  const runbook = async (...words: readonly string[]) => await inThisProcess('runbook', 'run', ...words, '--confirm', link.name, '--config', link.configFile, '--history-dir', folder) // prettier-ignore
  try {
    const { code, err, out } = await runbook('planned-switchover', '--set', `link=${link.name}`, '-o', 'json')
    expect(code, err).toBe(0)
    expect(out).toContain('left out, as they have gone the way back')
    // Named, they are not passed over in silence.
    for (const step of [
      'kind: fence, with: acl',
      'kind: verify.equal, timeout: 2s',
      'kind: verify.refuse, timeout: 5s',
    ]) {
      const file = join(folder, 'named.yaml')
      writeFileSync(file, `schema: georep.runbook/1\nname: named\ndescription: d\nlink: ${link.name}\nsteps:\n  - { id: it, ${step}, topics: [${topic}] }\n`) // prettier-ignore
      expect(await runbook(file)).toMatchObject({
        code: 5,
        err: expect.stringContaining(`is a mirror by now`) as string,
      })
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  expect((await link.view(other)).state).toMatchObject({ state: 'STOPPED', stoppedBy: 'promote' })
  expect(await deniedWriters(east.bootstrap, other)).not.toEqual([])
  // What is carried back is carried on: the runner is not kept out.
  expect(await deniedWriters(east.bootstrap, topic)).toEqual([])
  await write(west.bootstrap, topic, 4, { prefix: 'after' })
  await sameEnds(topic, [east.bootstrap, west.bootstrap])
  expect((await back.view(topic)).state.state).toBe('ACTIVE')
})

it('what was switched back is left alone by runbooks of the first link: nothing is written to its old copy, nor are its clients kept out', async () => {
  await using way = await gone()
  const { link, topic, back } = way
  await promote(back, topic)
  const before = await endsOf(west.bootstrap, topic)
  const folder = mkdtempSync(join(tmpdir(), 'georep-old-'))
  try {
    for (const [step, code, said] of [
      ['kind: verify.write', 5, 'clients write to the old source again'],
      [`kind: verify.write, topics: [${topic}]`, 5, 'clients write to the old source again'],
      [`kind: fence, with: acl, topics: [${topic}]`, 5, 'written to again'],
      ['kind: fence, with: acl', 0, `nothing is to be fenced: all have gone the way back: "${topic}" (on link "${back.name}", which was switched as well)`], // prettier-ignore
    ] as const) {
      const file = join(folder, 'old.yaml')
      writeFileSync(file, `schema: georep.runbook/1\nname: old\ndescription: d\nlink: ${link.name}\nsteps:\n  - { id: it, ${step} }\n`) // prettier-ignore
      const ran = await inThisProcess('runbook', 'run', file, '--confirm', link.name, '--config', link.configFile, '--history-dir', folder) // prettier-ignore
      expect({ step, code: ran.code, said: ran.out + ran.err }).toEqual({ step, code, said: expect.stringContaining(said) as string }) // prettier-ignore
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  expect(await endsOf(west.bootstrap, topic)).toEqual(before)
  expect(await deniedWriters(east.bootstrap, topic)).toEqual([])
  // The logs are one still: it goes forth again.
  await write(east.bootstrap, topic, 2, { prefix: 'again' })
  await reverse(back, topic)
  await sameEnds(topic, [east.bootstrap, west.bootstrap])
})

it('the runbook failback-after-switchover moves back what a switchover has moved, and makes the mirror anew', async () => {
  // The cluster with an authorizer is the one that is switched back from.
  const topic = await createdTopic(west.bootstrap, { partitions })
  await using link = await TestLink.create({ east: west, west: east })
  await link.mirror(topic)
  await allow(east.bootstrap, topic, 'app')
  await link.run()
  await write(west.bootstrap, topic, 6)
  await promote(link, topic)
  await using back = await link.back()
  await reverse(link, topic)
  await back.run()
  await write(east.bootstrap, topic, 5, { prefix: 'switched' })
  const words = ['runbook', 'run', 'failback-after-switchover', '--set', `link=${back.name}`, '--confirm', back.name]
  const folder = mkdtempSync(join(tmpdir(), 'georep-failback-'))
  try {
    const { code, err } = await inThisProcess(...words, '--config', link.configFile, '--history-dir', folder)
    expect(code, err).toBe(0)
  } finally {
    rmSync(folder, { recursive: true })
  }
  expect((await back.view(topic)).state).toMatchObject({ state: 'STOPPED', stoppedBy: 'promote' })
  expect((await link.view(topic)).state.state).toBe('ACTIVE')
  expect(await deniedWriters(east.bootstrap, topic)).toEqual([])
  await write(west.bootstrap, topic, 4, { prefix: 'home' })
  await expectSame(topic, 15)
})
