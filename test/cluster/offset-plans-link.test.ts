import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { sideBySide } from '../../src/core/side-by-side.ts'
import { commit } from './support/commits.ts'
import { georepFor } from './support/georep.ts'
import { allCommits, killedOnce } from './support/killed-move.ts'
import type { GeorepProcess } from './support/georep-process.ts'
import { MachineRoom } from './support/machine-room.ts'
import { createdTopic, layer, withAdmin } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'

// A plan that is made for a link commits through the link's own transactional id, under its lock: whoever goes on where it was killed takes both over.

const { east, west } = sharedClusters()
const destination = layer(west)
const georep = georepFor([east.bootstrap, west.bootstrap])
const room = new MachineRoom()
afterAll(async () => {
  await destination[Symbol.asyncDispose]()
  await georep.remove()
  await room.remove()
})

it('a clamp of 600 groups that is killed in the middle: applied again the end is the plan, and rollback restores', async () => {
  const prefix = unique('cl')
  const groups = Array.from({ length: 600 }, (_, index) => `${prefix}-${String(index).padStart(3, '0')}`)
  const topic = await createdTopic(east.bootstrap)
  for (const args of [
    ['link', 'create', georep.link, '--groups', `${prefix}-*`],
    ['mirror', 'create', topic, '--link', georep.link],
    ['mirror', 'failover', topic, '--link', georep.link, '--confirm', topic, '--force-while-source-up'],
  ]) {
    const { code, err } = await georep.run(...args)
    expect(code, err).toBe(0)
  }
  const before = groups.map((_, index) => String(1_000 + index))
  await sideBySide(groups, 16, async (group) => {
    await commit(destination, group, topic, [Number(before[groups.indexOf(group)])])
  })
  const end = await withAdmin(west.bootstrap, async (admin) => (await admin.fetchTopicOffsets(topic))[0]!.high)
  const now = async (): Promise<readonly string[]> => await allCommits(west.bootstrap, groups, topic)

  const plan = join(dirname(georep.config), 'clamp.json')
  const made = await georep.run('offset', 'clamp', '--link', georep.link, '--plan', plan)
  expect(made.code, made.err).toBe(0)
  const confirmed = ['--confirm', georep.destination, '--take-over']
  const undo = plan.replace('.json', '.undo.json')
  const start = (): GeorepProcess => room.start(['--config', georep.config, 'offset', 'apply', plan, ...confirmed])
  await killedOnce(destination, [groups[0]!, groups.at(-1)!], start, (first, last) => first === end && last !== end)
  const half = await now()
  expect([half[0], half.at(-1)]).toEqual([end, before.at(-1)])
  expect(existsSync(undo)).toBe(true)

  const again = await georep.run('offset', 'apply', plan, ...confirmed)
  expect(again.code, again.err).toBe(0)
  expect(await now()).toEqual(groups.map(() => end))
  const back = await georep.run('offset', 'rollback', undo, ...confirmed)
  expect(back.code, back.err).toBe(0)
  expect(await now()).toEqual(before)
})
