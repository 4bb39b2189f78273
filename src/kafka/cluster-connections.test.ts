import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { fakeBroker, ordinary, type FakeServer } from '../../test/support/fake-broker.ts'
import {
  at,
  clusterAt,
  eventually,
  failure,
  groups,
  groupsAnswer,
  never,
  withGroups,
} from '../../test/support/cluster-at.ts'
import type { Cluster } from './cluster.ts'
import { TransportError, WriteRefused } from './wire/connection.ts'
import { apiVersions } from './wire/messages/api-versions.ts'
import { listGroups } from './wire/messages/list-groups.ts'
import { metadata } from './wire/messages/metadata.ts'

describe('a signal', () => {
  const reason = new Error('the operator pressed Ctrl-C')
  const silentOn = (key: number): ReturnType<typeof ordinary> =>
    ordinary(({ apiKey }) => (apiKey === key ? undefined : 'as usual'))
  const call = async (cluster: Cluster, signal: AbortSignal): Promise<unknown> =>
    await cluster.sendTo(1, listGroups, groups, { signal })

  it('that was given before the call ends it before anything is sent', async () => {
    await using server = await fakeBroker(ordinary())
    await using cluster = clusterAt(at(server))
    const { error } = await failure(call(cluster, AbortSignal.abort(reason)))
    expect(error).toBe(reason)
    expect(server.connections.made).toBe(0)
  })

  it.each([
    ['while the broker is asked for its versions', silentOn(apiVersions.apiKey)],
    ['while it is asked for the metadata', silentOn(metadata.apiKey)],
    ['while the request is on its way', silentOn(listGroups.apiKey)],
  ])('%s ends the call at once', async (_, broker) => {
    await using server = await fakeBroker(broker)
    await using cluster = clusterAt(at(server))
    const { error, ms } = await failure(call(cluster, abortedAfter(200, reason)))
    expect(error).toBe(reason)
    expect(ms).toBeLessThan(400)
  })

  it('ends a call that waits for a connection that another call opens, and not the other', async () => {
    let versionRequests = 0
    const broker = ordinary(({ apiKey }) => {
      // The first connection is for the metadata; the second one, to the broker itself, hangs.
      return apiKey === apiVersions.apiKey && ++versionRequests > 1 ? undefined : 'as usual'
    })
    await using server = await fakeBroker(broker)
    await using cluster = clusterAt(at(server))
    await cluster.metadata([], { signal: never })
    const other = failure(call(cluster, never))
    const { error, ms } = await failure(call(cluster, abortedAfter(200, reason)))
    expect(error).toBe(reason)
    expect(ms).toBeLessThan(400)
    // A question that any broker can answer does not wait for that connection either.
    const any = await failure(cluster.metadata([], { signal: abortedAfter(200, reason) }))
    expect(any.ms).toBeLessThan(400)
    expect((await other).error).toBeInstanceOf(TransportError)
  })

  it('of one caller does not take the connection from the others', async () => {
    await using server = await fakeBroker(withGroups)
    await using cluster = clusterAt(at(server))
    await cluster.metadata([], { signal: never })
    const stop = new AbortController()
    const first = failure(call(cluster, stop.signal))
    const second = call(cluster, never)
    stop.abort(reason)
    expect((await first).error).toBe(reason)
    expect(await second).toMatchObject({ error: 0 })
  })
})

function abortedAfter(ms: number, reason: Error): AbortSignal {
  const controller = new AbortController()
  setTimeout(() => { controller.abort(reason) }, ms) // prettier-ignore
  return controller.signal
}

describe('connections', () => {
  const servers: FakeServer[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) await server[Symbol.asyncDispose]()
  })
  async function broker(answer = withGroups): Promise<FakeServer> {
    const server = await fakeBroker(answer)
    servers.push(server)
    return server
  }

  it('are shared by first calls that come at once', async () => {
    const server = await broker()
    await using cluster = clusterAt(at(server))
    const answers = await Promise.all(Array.from({ length: 10 }, () => cluster.metadata([], { signal: never })))
    expect(answers).toHaveLength(10)
    expect(server.connections.made).toBe(1)
  })

  it('are shared by calls to one broker, one for each lane', async () => {
    const server = await broker()
    await using cluster = clusterAt(at(server))
    const lanes = [undefined, undefined, 'read', 'read']
    await Promise.all(
      lanes.map((lane) =>
        cluster.sendTo(1, listGroups, groups, { signal: never, ...(lane === undefined ? {} : { lane }) }),
      ),
    )
    // One more found the cluster.
    expect(server.connections.made).toBe(3)
  })

  it('are all closed with the cluster', async () => {
    const server = await broker()
    {
      await using cluster = clusterAt(at(server), at(server))
      await Promise.all([cluster.metadata([], { signal: never }), cluster.metadata([], { signal: never })])
      await cluster.sendTo(1, listGroups, groups, { signal: never })
      expect(server.connections.open).toBeGreaterThan(0)
    }
    await eventually('every connection is closed', () => server.connections.open === 0)
  })

  it('that are still opening are closed with the cluster too', async () => {
    const server = await broker(ordinary(({ apiKey }) => (apiKey === apiVersions.apiKey ? undefined : 'as usual')))
    const cluster = clusterAt(at(server))
    const call = failure(cluster.metadata([], { signal: never }))
    await eventually('the connection is made', () => server.connections.open === 1)
    const started = performance.now()
    await cluster[Symbol.asyncDispose]()
    expect((await call).error).toBeDefined()
    expect(performance.now() - started).toBeLessThan(2_000) // and not when the broker would have been given up
    await eventually('every connection is closed', () => server.connections.open === 0)
  })

  it('cost nothing while they are idle', async () => {
    const server = await broker()
    await using cluster = clusterAt(at(server))
    await cluster.sendTo(1, listGroups, groups, { signal: never })
    const timers = vi.spyOn(globalThis, 'setTimeout')
    try {
      await sleep(200)
      expect(timers.mock.calls.length).toBeLessThan(5)
    } finally {
      timers.mockRestore()
    }
  })

  it('hold a request back when it is taken back in the turn of the write, and stay usable', async () => {
    const seen: number[] = []
    const server = await broker(
      ordinary(({ apiKey }) => {
        seen.push(apiKey)
        return apiKey === listGroups.apiKey ? groupsAnswer : 'as usual'
      }),
    )
    await using cluster = clusterAt(at(server))
    await cluster.metadata([], { signal: never })
    const beforeWrite = (): void => {
      throw new WriteRefused('not any more')
    }
    const { error } = await failure(cluster.sendTo(1, listGroups, groups, { signal: never, beforeWrite }))
    expect(error).toBeInstanceOf(WriteRefused)
    expect(seen).not.toContain(listGroups.apiKey)
    const { made } = server.connections
    expect(await cluster.sendTo(1, listGroups, groups, { signal: never })).toMatchObject({ error: 0 })
    expect(server.connections.made).toBe(made)
  })

  it('send what is asked in one turn in one write, and at once what may be held back', async () => {
    await using server = await fakeBroker(withGroups)
    await using cluster = clusterAt(at(server))
    const ask = async (beforeWrite: () => void = () => undefined): Promise<unknown> =>
      await cluster.sendTo(1, listGroups, groups, { signal: never, beforeWrite })
    const plain = async (): Promise<unknown> => await cluster.sendTo(1, listGroups, groups, { signal: never })
    await plain()
    const writes = vi.spyOn(Socket.prototype, '_writev')
    await Promise.all([plain(), plain(), plain()])
    expect(writes).toHaveBeenCalledTimes(1)
    // What has to be sure of its moment is not kept until the turn is over.
    const seen: number[] = []
    const noted = async (): Promise<unknown> =>
      await ask(() => {
        seen.push(writes.mock.calls.length)
      })
    await Promise.all([noted(), noted()])
    expect(seen).toEqual([1, 2])
    const refused = (): void => {
      throw new WriteRefused('not any more')
    }
    const [first, second, third] = await Promise.allSettled([plain(), ask(refused), plain()])
    expect([first.status, second.status, third.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    writes.mockRestore()
  })
})
