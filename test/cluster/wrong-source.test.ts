import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { georepFor, type Georep } from './support/georep.ts'
import { createdTopic, eventually, onceKnown, withAdmin } from './support/observe.ts'
import { Runner } from './support/runner.ts'
import { sharedClusters } from './support/sandbox.ts'
import { write } from './support/write.ts'

// The name of the source leads to another cluster: an address that was mistyped, or a DNS entry that was changed for a switchover.

const { east, west } = sharedClusters()
let georep: Georep

beforeAll(() => {
  georep = georepFor([east.bootstrap, west.bootstrap])
})
afterAll(async () => {
  await georep.remove()
})

it("a runner in whose source's place another cluster answers leaves its mirrors as they are, and says so; they go on with the source", async () => {
  const topic = await createdTopic(east.bootstrap)
  await write(east.bootstrap, topic, 3)
  expect((await georep.run('link', 'create', georep.link)).code).toBe(0)
  const runner = await georep.startRunner()
  expect((await georep.run('mirror', 'create', topic, '--link', georep.link)).code).toBe(0)
  const end = async (): Promise<string | undefined> => await onceKnown(async () => await withAdmin(west.bootstrap, async (admin) => (await admin.fetchTopicOffsets(topic))[0]?.high)) // prettier-ignore
  await eventually('it is carried', async () => (await end()) === '3')
  await runner.stop()

  // Where the mirror is, there is a topic of that name.
  georep.withSourceAt(west.bootstrap.join(', '))
  const other = await Runner.start({ name: georep.link, configFile: join(dirname(georep.config), 'source-elsewhere.yaml') }, { more: ['--metrics', '127.0.0.1:0'] }) // prettier-ignore
  try {
    await other.says(`is not the one that link "${georep.link}" was made with`)
    const state = async (): Promise<unknown> => ((await georep.json('mirror', 'list', '--link', georep.link)).data as { mirrors: readonly { state: string }[] }).mirrors.map((one) => one.state) // prettier-ignore
    await eventually('the source is told to be away', async () => String(await state()) === 'SOURCE_UNAVAILABLE')
    expect(other.lines.filter((line) => line.includes('FAILED'))).toEqual([])
  } finally {
    await other.stop()
  }

  await georep.startRunner()
  await write(east.bootstrap, topic, 1)
  await eventually('it goes on', async () => (await end()) === '4')
})
