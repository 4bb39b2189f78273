import { describe, expect, it } from 'vitest'
import {
  answerOf,
  fakeBroker,
  fakeServer,
  frameOf,
  metadataAnswer,
  ordinary,
  versionsAnswer,
} from '../../test/support/fake-broker.ts'
import { at, clusterAt, eventually, failure, groups, groupsAnswer, never } from '../../test/support/cluster-at.ts'
import { GeorepError } from '../core/errors.ts'
import { TransportError } from './wire/connection.ts'
import { apiVersions } from './wire/messages/api-versions.ts'
import type { Message } from './wire/message.ts'
import { deleteGroups } from './wire/messages/delete-groups.ts'
import { listGroups } from './wire/messages/list-groups.ts'
import { metadata } from './wire/messages/metadata.ts'
import { produce } from './wire/messages/produce.ts'

async function closedPort(): Promise<number> {
  await using server = await fakeServer(() => undefined)
  return server.port
}

describe('a cluster that does not answer', () => {
  it('is reported at once when the connection is refused', async () => {
    await using cluster = clusterAt(`127.0.0.1:${await closedPort()}`)
    const { error, ms } = await failure(cluster.metadata([], { signal: never }))
    expect(error).toMatchObject({ name: 'GeorepError', kind: 'unreachable', code: 'GR-CLUSTER-UNREACHABLE' })
    expect(ms).toBeLessThan(1_000)
  })

  it('is reported within 3 s when the connection is taken and nothing is answered', async () => {
    await using server = await fakeServer(() => undefined)
    await using cluster = clusterAt(at(server))
    const { error, ms } = await failure(cluster.metadata([], { signal: never }))
    expect(error).toMatchObject({ kind: 'unreachable', code: 'GR-CLUSTER-UNREACHABLE' })
    expect(ms).toBeLessThan(3_000)
    await eventually('the connection is closed', () => server.connections.open === 0)
  })

  it('is reported within 3 s, with all that was tried, when several bootstrap servers are silent', async () => {
    await using first = await fakeServer(() => undefined)
    await using second = await fakeServer((socket) => socket.destroy())
    await using cluster = clusterAt(at(first), at(second), at(first), 'localhost:1')
    const { error, ms } = await failure(cluster.metadata([], { signal: never }))
    expect(error).toMatchObject({ kind: 'unreachable' })
    expect((error as GeorepError).message).toContain(at(second))
    expect(ms).toBeLessThan(3_000)
  })

  it('is reported when the name of the host is unknown', async () => {
    await using cluster = clusterAt('no-such-host.invalid:9092')
    const { error, ms } = await failure(cluster.metadata([], { signal: never }))
    expect(error).toMatchObject({ kind: 'unreachable' })
    expect(ms).toBeLessThan(3_000)
  })

  it('is not one while any bootstrap server answers', async () => {
    await using silent = await fakeServer(() => undefined)
    await using broker = await fakeBroker(ordinary())
    await using cluster = clusterAt(at(silent), `127.0.0.1:${await closedPort()}`, at(broker))
    const started = performance.now()
    expect(await cluster.metadata([], { signal: never })).toMatchObject({ clusterId: 'fake' })
    expect(performance.now() - started).toBeLessThan(1_500)
    await eventually('the other attempts are closed', () => silent.connections.open === 0)
  })

  it.each([
    ['that deletes, saying that it may have acted', deleteGroups, { groups: [] }, true],
    ['that only asks, saying that it has not acted', listGroups, groups, false],
  ] as const)(
    'fails one request %s, when the broker stops answering in between',
    async (_what, head, request, mayHaveActed) => {
      await using broker = await fakeBroker(ordinary())
      await using cluster = clusterAt(at(broker))
      await cluster.metadata([], { signal: never })
      const sent = cluster.sendTo<unknown, unknown>(1, head as Message<unknown, unknown>, request, { signal: never, timeoutMs: 300 }) // prettier-ignore
      const { error, ms } = await failure(sent)
      expect(error).toBeInstanceOf(TransportError)
      expect(error).toMatchObject({ mayHaveActed })
      expect(ms).toBeLessThan(1_000)
    },
  )

  it('fails the request that is on its way when the broker closes the connection, and connects again for the next', async () => {
    let isClosing = true
    const broker = ordinary(({ apiKey }) => {
      if (apiKey !== listGroups.apiKey) return 'as usual'
      return isClosing ? 'close' : groupsAnswer
    })
    await using server = await fakeBroker(broker)
    await using cluster = clusterAt(at(server))
    const { error } = await failure(cluster.sendTo(1, listGroups, groups, { signal: never }))
    expect(error).toBeInstanceOf(TransportError)
    expect(error).toMatchObject({ mayHaveActed: false })
    isClosing = false
    expect(await cluster.sendTo(1, listGroups, groups, { signal: never })).toMatchObject({ error: 0 })
  })

  it('of a request that any broker can answer, and that only asks, is made up for by another connection', async () => {
    let closesLeft = 2
    let asked = 0
    let deleted = 0
    const broker = ordinary(({ apiKey }) => {
      if (apiKey === deleteGroups.apiKey) {
        deleted++
        return 'close'
      }
      if (apiKey !== listGroups.apiKey) return 'as usual'
      asked++
      return closesLeft-- > 0 ? 'close' : groupsAnswer
    })
    await using server = await fakeBroker(broker)
    await using cluster = clusterAt(at(server))
    expect(await cluster.sendToAny(listGroups, groups, { signal: never })).toMatchObject({ error: 0 })
    expect(asked).toBe(3)
    // One that stays away is given up.
    closesLeft = 9
    const { error } = await failure(cluster.sendToAny(listGroups, groups, { signal: never }))
    expect(error).toBeInstanceOf(TransportError)
    expect(asked).toBe(6)
    // What may have been done is not done again.
    const { error: other } = await failure(cluster.sendToAny(deleteGroups, { groups: [] }, { signal: never }))
    expect(other).toMatchObject({ mayHaveActed: true })
    expect(deleted).toBe(1)
  })

  it('names whole milliseconds when no answer comes to a request that any broker can answer', async () => {
    const broker = ordinary(({ apiKey }) => (apiKey === listGroups.apiKey ? undefined : 'as usual'))
    await using server = await fakeBroker(broker)
    await using cluster = clusterAt(at(server))
    const { error } = await failure(cluster.sendToAny(listGroups, groups, { signal: never, timeoutMs: 200 }))
    expect((error as Error).message).toMatch(/no answer within \d+ ms$/)
  })

  it('does not send to a broker that the metadata does not name', async () => {
    await using broker = await fakeBroker(ordinary())
    await using cluster = clusterAt(at(broker))
    const { error } = await failure(cluster.sendTo(9, listGroups, groups, { signal: never }))
    expect(error).toBeInstanceOf(TransportError)
    expect(error).toMatchObject({ mayHaveActed: false })
  })
})

describe('answers that are none', () => {
  const text = (body: string): Buffer => Buffer.from(body, 'latin1')
  it.each([
    ['of an HTTP server', text('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')],
    ['of an SSH server', text('SSH-2.0-OpenSSH_9.2p1\r\n')],
    ['with a length below 0', Buffer.from('ffffffff0000000000', 'hex')],
    ['with the lowest length', Buffer.from('80000000000000000000', 'hex')],
    ['with a length of 0', Buffer.from('0000000000000000', 'hex')],
    ['shorter than a correlation id', Buffer.from('000000020000', 'hex')],
    ['with the highest length', Buffer.from('7fffffff00000000', 'hex')],
    ['for a request that was never sent', frameOf(77, versionsAnswer())],
    ['that end early', frameOf(0, versionsAnswer().subarray(0, 20))],
    ['with bytes too many', frameOf(0, Buffer.concat([versionsAnswer(), Buffer.alloc(3)]))],
    ['of zeros', Buffer.alloc(1000)],
    ['of ones', Buffer.alloc(1000, 0xff)],
  ])('%s end in an error that names the cluster, within 3 s', async (_, bytes) => {
    await using server = await fakeServer((socket) => {
      socket.on('data', () => socket.write(bytes))
    })
    await using cluster = clusterAt(at(server))
    const { error, ms } = await failure(cluster.metadata([], { signal: never }))
    expect(error).toBeInstanceOf(GeorepError)
    expect(error).toMatchObject({ kind: 'unreachable' })
    expect((error as GeorepError).message).toContain('"east"')
    expect(ms).toBeLessThan(3_000)
    await eventually('the connection is closed', () => server.connections.open === 0)
  })

  it('of a TLS server end in an error that says so, within 3 s', async () => {
    await using server = await fakeServer((socket) => {
      socket.on('data', () => socket.write(Buffer.from('15030300020232', 'hex')))
    })
    await using cluster = clusterAt(at(server))
    const { error, ms } = await failure(cluster.metadata([], { signal: never }))
    expect(error).toMatchObject({ kind: 'denied', code: 'GR-TLS' })
    expect((error as GeorepError).message).toContain('"east"')
    expect(ms).toBeLessThan(3_000)
  })

  it('sent without being asked end the connection and nothing else', async () => {
    await using server = await fakeServer((socket) => socket.write(Buffer.from('ffffffff', 'hex')))
    await using cluster = clusterAt(at(server))
    expect((await failure(cluster.metadata([], { signal: never }))).error).toMatchObject({ kind: 'unreachable' })
  })

  it('to a later request are an error of their own', async () => {
    const cut = metadataAnswer(1).subarray(0, -3)
    await using server = await fakeBroker(ordinary(({ apiKey }) => (apiKey === metadata.apiKey ? cut : 'as usual')))
    await using cluster = clusterAt(at(server))
    const { error } = await failure(cluster.metadata([], { signal: never }))
    expect(error).toMatchObject({ name: 'GeorepError', kind: 'failed', code: 'GR-BAD-ANSWER' })
  })

  it('do not grow without bounds', async () => {
    await using server = await fakeServer((socket) => {
      socket.write(Buffer.from('7fffffff', 'hex'))
      const chunk = Buffer.alloc(1024 * 1024)
      const pour = (): void => { while (!socket.destroyed && socket.write(chunk)); } // prettier-ignore
      socket.on('drain', pour)
      pour()
    })
    await using cluster = clusterAt(at(server))
    const { error, ms } = await failure(cluster.metadata([], { signal: never }))
    expect(error).toMatchObject({ kind: 'unreachable' })
    // Refused for its length, not read until the time is up.
    expect(ms).toBeLessThan(1_000)
  })
})

describe('a broker that is too old', () => {
  it.each([
    ['speaks older versions only', [{ head: produce, min: 0, max: produce.version - 1 }]],
    ['speaks newer versions only', [{ head: produce, min: produce.version + 1, max: 99 }]],
  ])('%s: unsupported, and nothing is sent', async (_, others) => {
    const seen: number[] = []
    const broker = ordinary(({ apiKey }) => {
      seen.push(apiKey)
      return apiKey === apiVersions.apiKey ? versionsAnswer(others) : 'as usual'
    })
    await using server = await fakeBroker(broker)
    await using cluster = clusterAt(at(server))
    const request = { transactionalId: null, acks: -1, timeoutMs: 1_000, topics: [] }
    const { error } = await failure(cluster.sendTo(1, produce, request, { signal: never }))
    expect(error).toMatchObject({ name: 'GeorepError', kind: 'unsupported', code: 'GR-BROKER-TOO-OLD' })
    expect(seen).not.toContain(produce.apiKey)
  })

  it('does not know the request at all: unsupported', async () => {
    const none = answerOf(apiVersions, { error: 0, apis: [], throttleMs: 0 })
    await using server = await fakeBroker(ordinary(({ apiKey }) => (apiKey === apiVersions.apiKey ? none : 'as usual')))
    await using cluster = clusterAt(at(server))
    expect((await failure(cluster.metadata([], { signal: never }))).error).toMatchObject({ kind: 'unsupported' })
  })

  it('does not know the question for versions: unsupported', async () => {
    // Error 35 in the layout of version 0, which is what a broker before Kafka 2.4 answers to version 3.
    const old = Buffer.from('0023' + '00000001' + '001200000002', 'hex')
    await using server = await fakeBroker(ordinary(({ apiKey }) => (apiKey === apiVersions.apiKey ? old : 'as usual')))
    await using cluster = clusterAt(at(server))
    expect((await failure(cluster.metadata([], { signal: never }))).error).toMatchObject({ kind: 'unsupported' })
  })
})
