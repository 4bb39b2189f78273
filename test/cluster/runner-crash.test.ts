import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { TestLink } from './support/link.ts'
import { Load } from './support/load.ts'
import { expectSameRecords } from './support/log-content.ts'
import { createdTopic } from './support/observe.ts'
import { sharedClusters } from './support/sandbox.ts'
import { seededRandom } from './support/seed.ts'

const { east, west } = sharedClusters()

it("SIGKILL of the runner at a random moment, 20 times in a row: every record once, at the source's offset", async () => {
  const random = seededRandom()
  const partitions = 3
  const topics = [
    await createdTopic(east.bootstrap, { partitions }),
    await createdTopic(east.bootstrap, { partitions }),
  ]
  // Of a time for which brokers do not remember producers, by default: appended one batch at a time.
  const old = await createdTopic(east.bootstrap, { partitions })
  await using link = await TestLink.create({ east, west })
  await link.mirror(...topics, old)
  const load = await Load.start(east.bootstrap, topics, { partitions, everyMs: 10 })
  const oldLoad = await Load.start(east.bootstrap, [old], { partitions, everyMs: 10, ageMs: 2 * 86_400_000 })
  const said: string[] = []
  for (let kill = 0; kill < 20; kill++) {
    const runner = await link.run()
    await sleep(random() * 1_000)
    await runner.kill()
    said.push(...runner.lines)
  }
  await Promise.all([load.stop(), oldLoad.stop()])
  await link.run()
  let count = 0
  for (const topic of [...topics, old]) count += (await expectSameRecords(east.bootstrap, west.bootstrap, topic)).length
  expect(count).toBe(load.written + oldLoad.written)
  // The lock of a dead process of this machine is not waited for.
  expect(said.filter((line) => line.includes('standing by'))).toEqual([])
})
