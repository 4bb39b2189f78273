import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, it } from 'vitest'
import type { Sandbox, SandboxCluster } from '../../src/sandbox/sandbox.ts'
import { expectMirrored, seedsFrom, type Trouble } from './support/mirrored-seed.ts'
import { eventually, withAdmin } from './support/observe.ts'
import { ownSandbox } from './support/sandbox.ts'

// As any-source.test.ts, on three brokers a side (three replicas, two of them in sync), of which one is killed or paused at a time, and one of the destination's is
// slow: it stands still most of the time, so that what its leaders have written is far ahead of what consumers are shown. More seeds: GEOREP_SEEDS=1-200.

const signal = AbortSignal.timeout(3_600_000)
let sandbox: Sandbox<'east' | 'west'>
let slow: Promise<void> = Promise.resolve()
/** Who starts brokers would take the slow one for one that is paused. */
let isHeld = false
const done = new AbortController()
beforeAll(async () => {
  sandbox = await ownSandbox({ east: { brokers: 3 }, west: { brokers: 3 } })
  slow = slowDown(sandbox.clusters.west)
})
afterAll(async () => {
  done.abort()
  await slow
  await sandbox[Symbol.asyncDispose]()
})

it.for(seedsFrom('1-8'))('seeds from %i', async (seeds) => {
  const { east, west } = sandbox.clusters
  await expectMirrored(seeds, sandbox.clusters, (random) => ({
    ofSource: troubleOf(east, random),
    ofDestination: troubleOf(west, random),
  }))
})

/** The last of its brokers stands still for three quarters of the time, as long as it is there. */
async function slowDown({ brokers }: SandboxCluster): Promise<void> {
  const [process] = (await brokers.at(-1)?.processes()) ?? []
  const pid = process?.pid ?? 0
  while (!done.signal.aborted) {
    if (!isHeld) globalThis.process.kill(pid, 'SIGSTOP')
    await sleep(300)
    globalThis.process.kill(pid, 'SIGCONT')
    await sleep(100)
  }
}

/** One of the others is killed, or paused for up to three seconds; in two of three cases nothing happens. */
function troubleOf(cluster: SandboxCluster, random: () => number): Trouble['ofSource'] {
  return async () => {
    const kind = random()
    const broker = cluster.brokers[Math.floor(random() * 2)]!
    const forMs = random() * 3_000
    if (kind < 2 / 3) return undefined
    await (kind < 5 / 6 ? broker.kill({ signal }) : broker.pause({ signal }))
    return async () => {
      await sleep(forMs)
      if ((await broker.state()) === 'paused') await broker.resume({ signal })
      else {
        isHeld = true
        await cluster.start({ signal })
        isHeld = false
      }
      await inSync(cluster)
    }
  }
}

/** With one more away nobody could write. */
async function inSync({ bootstrap }: SandboxCluster): Promise<void> {
  await eventually('all replicas are in sync', async () =>
    await withAdmin(bootstrap, async (admin) => {
      const { topics } = await admin.fetchTopicMetadata()
      return topics.every(({ partitions }) => partitions.every(({ isr, replicas }) => isr.length === replicas.length))
    }).catch(() => false)) // prettier-ignore
}
