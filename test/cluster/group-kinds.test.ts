import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { commit, committedBy } from './support/commits.ts'
import { joinAsStreams, joinShareGroup } from './support/consumer-protocol.ts'
import { georepFor } from './support/georep.ts'
import { createdTopic, eventually, layer } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { write } from './support/write.ts'

// Groups of other protocols than those of consumers. How a runner copies them: group-sync.test.ts.

const { east, west } = sharedClusters()
const source = layer(east)
const georep = georepFor([east.bootstrap, west.bootstrap])
let topic: string
beforeAll(async () => {
  topic = await createdTopic(east.bootstrap)
  await write(east.bootstrap, topic, 10)
  // The cluster has a coordinator from the first commit on.
  await commit(source, unique('first'), topic, [0])
})
afterAll(async () => {
  await source[Symbol.asyncDispose]()
  await georep.remove()
})

const applied = ['--cluster', georep.source, '--apply', '--confirm', georep.source] as const

it('an application of Kafka Streams is moved, and not while it runs', async () => {
  const group = unique('g')
  const leave = await joinAsStreams(east.bootstrap[0]!, group, topic)
  await leave()
  await commit(source, group, topic, [7])
  const moved = await georep.run('offset', 'reset', '--group', group, '--to', '3', ...applied)
  expect(moved.code, moved.err).toBe(0)
  expect(await committedBy(east.bootstrap, group, topic)).toEqual(['3'])

  const leaveAgain = await joinAsStreams(east.bootstrap[0]!, group, topic)
  const refused = await georep.run('offset', 'reset', '--group', group, '--to', '0', ...applied)
  expect(refused.code, refused.err).toBe(5)
  expect(refused.out).toMatch(
    new RegExp(`${group} +refused .*it is \\w+, with 1 member: .* at 127.0.0.1; stop its consumers`),
  )
  expect(await committedBy(east.bootstrap, group, topic)).toEqual(['3'])
  await leaveAgain()
})

it('what has no offsets of topics, or no name, is refused before another group is moved', async () => {
  const [group, shared] = [unique('g'), unique('share')]
  await joinShareGroup(east.bootstrap[0]!, shared, topic)
  await commit(source, group, topic, [7])
  for (const [name, why] of [
    [shared, 'it is a group of the kind "share", which commits no offsets'],
    ['', 'no offset can be committed of a group without a name'],
  ] as const) {
    const file = join(dirname(georep.config), `${unique('offsets')}.csv`)
    writeFileSync(file, `${group},${topic},0,2\n${name},${topic},0,0\n`)
    await eventually(`"${name}" is refused`, async () => (await georep.run('offset', 'import', file, '--cluster', georep.source)).code === 5) // prettier-ignore
    const refused = await georep.run('offset', 'import', file, ...applied)
    expect(refused.code, refused.err).toBe(5)
    expect(refused.out).toContain(why)
    expect(await committedBy(east.bootstrap, group, topic)).toEqual(['7'])
  }
})
