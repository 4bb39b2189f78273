import { expect, it } from 'vitest'
import { TestLink } from './support/link.ts'
import { Load } from './support/load.ts'
import { runnersInTurn } from './support/lock-history.ts'
import { endsOf, expectSameRecords } from './support/log-content.ts'
import { createdTopic, eventually } from './support/observe.ts'
import type { Runner } from './support/runner.ts'
import { sharedClusters } from './support/sandbox.ts'
import { stallingNetwork } from './support/stalling-network.ts'

const { east, west } = sharedClusters()
const standing = { until: 'standing by' }

it('of three runners one writes at any time, and another takes over within seconds when it is frozen, killed or stopped: every record once, at its offset', async () => {
  const topics = [await createdTopic(east.bootstrap, { partitions: 3 }), await createdTopic(east.bootstrap)]
  // Of a time for which brokers do not remember producers, by default.
  const old = await createdTopic(east.bootstrap)
  await using link = await TestLink.create({ east, west })
  await link.mirror(...topics, old)
  const first = await link.run()
  const [second, third] = await Promise.all([link.run(standing), link.run(standing)])
  expect(second.lines[0]).toContain(`pid ${first.pid} runs it`)
  const load = await Load.start(east.bootstrap, topics, { everyMs: 5 })
  const oldLoad = await Load.start(east.bootstrap, [old], { everyMs: 10, ageMs: 2 * 86_400_000 })
  const arrives = async (what: string): Promise<number> => {
    const started = performance.now()
    const before = await endsOf(west.bootstrap, topics[0]!)
    await eventually(what, async () => (await endsOf(west.bootstrap, topics[0]!))[0]! > before[0]! + 100)
    return Math.round(performance.now() - started)
  }
  const tookMs: Record<string, number> = { start: await arrives('records arrive') }

  await first.freeze()
  tookMs['frozen'] = await arrives('records arrive after the leader was frozen')
  const [leader, other] = leaderOf(second, third)
  expect(isLeader(other)).toBe(false)
  first.thaw()
  await first.says(`another runner took over link "${link.name}"; standing by`)
  await first.says(`pid ${leader.pid} runs it`)

  await leader.kill()
  tookMs['killed'] = await arrives('records arrive after the leader was killed')
  const [next, last] = leaderOf(first, other, 'again')
  expect([first.hasEnded, other.hasEnded]).toEqual([false, false])

  expect(await next.stop()).toBe(0)
  tookMs['stopped'] = await arrives('records arrive after the leader was stopped')
  await load.stop()
  await oldLoad.stop()
  let count = 0
  for (const topic of [...topics, old]) count += (await expectSameRecords(east.bootstrap, west.bootstrap, topic)).length
  expect(count).toBe(load.written + oldLoad.written)
  expect(await last.stop()).toBe(0)
  expect(await runnersInTurn(west.bootstrap, link.name)).toEqual([
    first.pid,
    leader.pid,
    next.pid,
    null,
    last.pid,
    null,
  ])
  process.stderr.write(`${count} records, handed over in ${JSON.stringify(tookMs)} ms\n`)
})

it('when the network between the leader and the destination stalls, a standby takes over, and what arrives late of the former leader changes nothing', async () => {
  const topics = [await createdTopic(east.bootstrap, { partitions: 3 }), await createdTopic(east.bootstrap)]
  await using network = await stallingNetwork(west.bootstrap)
  await using link = await TestLink.create({ east, west })
  await link.mirror(...topics)
  const first = await link.run({ env: network.env })
  const second = await link.run(standing)
  const load = await Load.start(east.bootstrap, topics, { everyMs: 5 })
  const arrived = async (): Promise<number> => (await endsOf(west.bootstrap, topics[0]!))[0]!
  await eventually('records arrive', async () => (await arrived()) > 200)
  network.stall()
  const before = await arrived()
  await eventually('records arrive again', async () => (await arrived()) > before + 200)
  expect(isLeader(second)).toBe(true)
  network.heal()
  await first.says(`another runner took over link "${link.name}"; standing by`)
  await first.says(`pid ${second.pid} runs it`)
  await load.stop()
  let count = 0
  for (const topic of topics) count += (await expectSameRecords(east.bootstrap, west.bootstrap, topic)).length
  expect(count).toBe(load.written)
  expect(await first.stop()).toBe(0)
  expect(await second.stop()).toBe(0)
  expect(await runnersInTurn(west.bootstrap, link.name)).toEqual([first.pid, second.pid, null])
})

function isLeader(runner: Runner): boolean {
  return runner.lines.some((line) => line.includes('is running'))
}

/** The one of two that said last that it runs the link, and the other one. */
function leaderOf(one: Runner, two: Runner, which: 'first' | 'again' = 'first'): readonly [Runner, Runner] {
  const leads = ({ lines }: Runner): boolean =>
    lines.findLastIndex((line) => line.includes('is running')) >
    lines.findLastIndex((line) => line.includes('standing by'))
  const pair = [leads(one), leads(two)]
  expect(pair.filter(Boolean), `${which}: ${JSON.stringify(pair)}`).toHaveLength(1)
  return leads(one) ? [one, two] : [two, one]
}
