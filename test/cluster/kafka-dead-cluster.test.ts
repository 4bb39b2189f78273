import { afterAll, beforeAll, expect, it } from 'vitest'
import { TransportError } from '../../src/kafka/wire/connection.ts'
import { createTopics } from '../../src/kafka/wire/messages/create-topics.ts'
import { listGroups } from '../../src/kafka/wire/messages/list-groups.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { eventually, layer } from './support/observe.ts'
import { ownSandbox } from './support/sandbox.ts'

// Real brokers that are frozen and killed. Servers that are no brokers: src/kafka/cluster.test.ts.
const signal = AbortSignal.timeout(180_000)
let sandbox: Sandbox<'east' | 'west'>
beforeAll(async () => {
  sandbox = await ownSandbox()
})
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]()
})

async function reportedWithin(ms: number, call: Promise<unknown>): Promise<void> {
  const started = performance.now()
  await expect(call).rejects.toMatchObject({ name: 'GeorepError', kind: 'unreachable', code: 'GR-CLUSTER-UNREACHABLE' })
  expect(performance.now() - started).toBeLessThan(ms)
}

it('is reported within 3 s when its broker is frozen, and answers again when it goes on', async () => {
  const { east } = sandbox.clusters
  await using known = layer(east)
  await known.metadata([], { signal })
  await east.pause({ signal })
  try {
    await using fresh = layer(east)
    await reportedWithin(3_000, fresh.metadata([], { signal }))

    // On a connection that was open: the request had left. Whoever would send it again is told what that would do.
    const started = performance.now()
    const options = { signal, timeoutMs: 500 }
    const asked = known.sendToAny(listGroups, { states: [] }, options)
    const made = known.sendToAny(createTopics, { topics: [], timeoutMs: 400, validateOnly: true }, options)
    const errors = await Promise.all([asked, made].map((sent) => sent.then(() => undefined, (reason: unknown) => reason))) // prettier-ignore
    for (const error of errors) expect(error).toBeInstanceOf(TransportError)
    expect(errors).toMatchObject([{ mayHaveActed: false }, { mayHaveActed: true }])
    expect(performance.now() - started).toBeLessThan(5_000) // and not ten seconds, as for a request that says nothing
    await reportedWithin(3_000, known.metadata([], { signal }))

    const reason = new Error('the operator pressed Ctrl-C')
    const stop = new AbortController()
    let stoppedAt = Number.NaN
    setTimeout(() => { stoppedAt = performance.now(); stop.abort(reason) }, 100) // prettier-ignore
    await expect(known.metadata([], { signal: stop.signal })).rejects.toBe(reason)
    expect(performance.now() - stoppedAt).toBeLessThan(1_500) // before the 2.5 s are over that it would wait otherwise
  } finally {
    await east.resume({ signal })
  }
  expect(await known.metadata([], { signal })).toMatchObject({ clusterId: east.clusterId })
})

it('is reported within 3 s when its broker was killed', async () => {
  const { east, west } = sandbox.clusters
  await using known = layer(east)
  await known.metadata([], { signal })
  await east.kill({ signal })
  await eventually('the connection has ended', async () => await known.metadata([], { signal }).then(() => false, () => true)) // prettier-ignore
  await reportedWithin(3_000, known.metadata([], { signal }))
  await using fresh = layer(east)
  await reportedWithin(3_000, fresh.metadata([], { signal }))
  await using other = layer(west)
  expect(await other.metadata([], { signal })).toMatchObject({ clusterId: west.clusterId })
})
