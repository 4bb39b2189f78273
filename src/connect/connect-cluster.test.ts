import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeConnect, type Trouble } from '../../test/support/fake-connect.ts'
import type { GeorepError } from '../core/errors.ts'
import { ConnectCluster, type ConnectDeps } from './connect-cluster.ts'

// Answers that a real worker cannot be made to give. What it does give is in the contract.

const signal = AbortSignal.timeout(60_000)
let fake: FakeConnect
let waited: number[]

beforeEach(async () => {
  fake = await FakeConnect.start()
  waited = []
})
afterEach(async () => {
  await fake[Symbol.asyncDispose]()
})

const wait: ConnectDeps['wait'] = async (ms, within) => {
  within.throwIfAborted()
  waited.push(ms)
  await Promise.resolve()
}

function connect(limits: ConnectDeps['limits'] = {}, url = fake.url): ConnectCluster {
  const credentials = { username: 'ann', password: 'hunter2' }
  return new ConnectCluster({ url, credentials, tls: undefined }, { wait, limits })
}

const config = { 'connector.class': 'a.B', 'source.cluster.alias': 'east' }
const says = (status: number, message: string): Trouble => ({ status, body: JSON.stringify({ error_code: status, message }) }) // prettier-ignore
const rebalancing = says(409, 'Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)') // prettier-ignore
const readRoot = async (one = connect()): Promise<unknown> => await one.root({ signal })
const put = async (one = connect()): Promise<boolean> => await one.putConfig('a', config, { signal })
const create = async (one = connect()): Promise<void> => {
  await one.create('a', config, 'RUNNING', { signal })
}

async function errorOf(act: Promise<unknown>): Promise<GeorepError> {
  const thrown: unknown = await act.catch((error: unknown) => error)
  if (!(thrown instanceof Error) || !('code' in thrown)) throw new Error('nothing was thrown that has a code')
  const error = thrown as GeorepError
  for (const text of [error.message, error.stateNow, error.next, error.stack]) expect(text ?? '').not.toMatch(/hunter2|aHVudGVyMg|YW5uO/) // prettier-ignore
  return error
}

function times(count: number, trouble: Trouble): void {
  for (let index = 0; index < count; index++) fake.troubles.push(trouble)
}

describe('a cluster that is rebalancing', () => {
  it.each([
    ['a look', readRoot],
    ['an act that can be repeated', put],
    ['an act that cannot', create],
  ])('is waited for: %s', async (_, act) => {
    times(3, rebalancing)
    await act()
    expect(fake.asked).toHaveLength(4)
    expect(waited).toEqual([500, 500, 500])
  })

  it('for ever is an error after a minute, which says that nothing was done', async () => {
    times(200, rebalancing)
    expect(await errorOf(put())).toMatchObject({
      kind: 'timedOut',
      code: 'GR-CONNECT-REBALANCING',
      message: `Kafka Connect at "${fake.url}" did not configure connector "a": it is rebalancing still after 60 s`,
      stateNow: expect.stringContaining('stale configuration') as string,
    })
    expect(waited.reduce((sum, ms) => sum + ms, 0)).toBe(60_000)
  })

  it('is waited for no longer than the caller wants', async () => {
    times(200, rebalancing)
    const enough = new AbortController()
    const reason = new Error('enough')
    const one = new ConnectCluster({ url: fake.url, credentials: undefined, tls: undefined }, { wait: async (ms, within) => { enough.abort(reason); await wait(ms, within) } }) // prettier-ignore
    await expect(one.root({ signal: enough.signal })).rejects.toBe(reason)
  })

  it('is not meant by the 409 of a name that is taken, nor of anybody else', async () => {
    fake.troubles.push(says(409, 'Connector a already exists'), { status: 409, body: '{}' })
    expect(await errorOf(create())).toMatchObject({ kind: 'refused', code: 'GR-CONNECT-EXISTS' })
    expect(await errorOf(create())).toMatchObject({ kind: 'failed', code: 'GR-CONNECT-ANSWER' })
    expect(fake.asked).toHaveLength(2)
  })
})

it('a connector that is being written anew is waited for, and not for ever', async () => {
  await create()
  times(3, says(500, 'Cannot invoke "java.util.Map.get(Object)" because "config" is null'))
  expect(await connect().tasks('a', { signal })).toMatchObject([{ task: 0, config }])
  expect(await connect().connector('a', { signal })).toMatchObject({ config })
  expect(waited).toEqual([250, 250, 250])
  times(100, says(500, 'Boom'))
  expect(await errorOf(connect().tasks('a', { signal }))).toMatchObject({ kind: 'failed', code: 'GR-CONNECT-FAILED' })
  expect(waited.reduce((sum, ms) => sum + ms, 0)).toBe(750 + 10_000)
})

describe('a connection that breaks', () => {
  it.each<[string, () => Promise<unknown>, 'before' | 'inTheBody']>([
    ['a look', readRoot, 'before'],
    ['a look', readRoot, 'inTheBody'],
    ['a configuration', put, 'inTheBody'],
  ])('%s is repeated (%s, %s)', async (_, act, broken) => {
    times(2, { break: broken })
    await act()
    expect(fake.asked).toHaveLength(3)
  })

  it('again and again: a look has no answer, and of an act it is not known whether it was done', async () => {
    times(6, { break: 'inTheBody' })
    expect(await errorOf(readRoot())).toMatchObject({ kind: 'unreachable', code: 'GR-CONNECT-UNREACHABLE' })
    expect(await errorOf(put())).toMatchObject({ kind: 'unknown', code: 'GR-CONNECT-UNKNOWN' })
    expect(fake.asked).toHaveLength(6)
  })

  it.each<[string, (one: ConnectCluster) => Promise<unknown>]>([
    ['create', create],
    ['restart', async (one) => { await one.restart('a', { onlyFailed: true, includeTasks: true, signal }) }],
    ['delete', async (one) => await one.deleteConnector('a', { signal })],
    ['alter offsets', async (one) => { await one.patchOffsets('a', [], { signal }) }],
    ['delete offsets', async (one) => { await one.deleteOffsets('a', { signal }) }],
  ])('%s is never repeated, and it is not known whether it was done', async (_, act) => {
    times(1, { break: 'before' })
    expect(await errorOf(act(connect()))).toMatchObject({ kind: 'unknown', code: 'GR-CONNECT-UNKNOWN', next: expect.stringContaining('look') as string }) // prettier-ignore
    expect(fake.asked).toHaveLength(1)
  }) // prettier-ignore

  it('once, and then a cluster that rebalances for ever: the act may have been done the first time', async () => {
    fake.troubles.push({ break: 'inTheBody' })
    times(200, rebalancing)
    expect(await errorOf(put())).toMatchObject({ kind: 'unknown', message: expect.stringContaining('rebalancing still') as string }) // prettier-ignore
  })

  it('that was never made: nothing was done, and nothing is repeated', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { readonly port: number }
    await new Promise<void>((resolve) => server.close(() => { resolve() })) // prettier-ignore
    const nobody = connect({}, `http://127.0.0.1:${port}`)
    for (const act of [readRoot, put, create]) {
      expect(await errorOf(act(nobody))).toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining('ECONNREFUSED') as string,
        next: 'check the address, and that a worker of Kafka Connect runs there',
      })
    }
    expect(waited).toEqual([])
  })

  it('since nobody speaks TLS there', async () => {
    const error = await errorOf(create(connect({}, fake.url.replace('http:', 'https:'))))
    expect(error).toMatchObject({ kind: 'unreachable', next: expect.stringContaining('does not speak TLS') as string })
    expect(error.message).toMatch(/": TLS failed: [a-z ]+$/)
  })
})

it('no answer in time: of a look it is said so, of an act it is not known whether it was done', async () => {
  times(2, { silent: true })
  const hasty = connect({ readMs: 50, actMs: 500 })
  expect(await errorOf(readRoot(hasty))).toMatchObject({ kind: 'unreachable', code: 'GR-CONNECT-TIMEOUT', message: expect.stringContaining('0.05 s') as string }) // prettier-ignore
  expect(await errorOf(put(hasty))).toMatchObject({ kind: 'unknown', code: 'GR-CONNECT-UNKNOWN' })
  expect(fake.asked.length).toBeLessThanOrEqual(2)
})

it.each<[string, Trouble, (one: ConnectCluster) => Promise<unknown>, string, string, string]>([
  ['500 of Connect', says(500, 'Boom'), readRoot, 'failed', 'GR-CONNECT-FAILED', 'Boom'],
  ['500 of Connect to an act', says(500, 'Error writing connector configuration to Kafka'), put, 'unknown', 'GR-CONNECT-UNKNOWN', 'Error writing'], // prettier-ignore
  ['500 in HTML', { status: 500, body: '<h1>Boom</h1>' }, readRoot, 'failed', 'GR-CONNECT-FAILED', ''],
  ['502 of a proxy to an act', { status: 502, body: '<h1>Boom</h1>' }, put, 'unknown', 'GR-CONNECT-UNKNOWN', ''],
  ['its patience is over', says(500, 'Request timed out. The worker is polling'), readRoot, 'unreachable', 'GR-CONNECT-TIMEOUT', ''], // prettier-ignore
  ['its patience is over with an act', says(500, 'Request timed out. The worker is polling'), put, 'unknown', 'GR-CONNECT-UNKNOWN', 'polling'], // prettier-ignore
  ['its leader is gone', says(500, 'IO Error trying to forward REST request: x'), create, 'unknown', 'GR-CONNECT-UNKNOWN', 'forward'], // prettier-ignore
  ['no JSON', { status: 200, body: '{"version":' }, readRoot, 'failed', 'GR-CONNECT-ANSWER', ''],
  ['no JSON to an act', { status: 200, body: 'ok' }, put, 'unknown', 'GR-CONNECT-UNKNOWN', ''],
  ['JSON of another shape', { status: 200, body: '{"version":4}' }, readRoot, 'failed', 'GR-CONNECT-ANSWER', ''],
  ['another status', { status: 204, body: '' }, readRoot, 'failed', 'GR-CONNECT-ANSWER', ''],
  ['a redirection', { status: 307, headers: { location: 'http://127.0.0.1:1/' }, body: '' }, put, 'failed', 'GR-CONNECT-ANSWER', ''], // prettier-ignore
  ['404 of somebody else', { status: 404, body: 'not found' }, async (one) => await one.status('a', { signal }), 'failed', 'GR-CONNECT-ANSWER', ''], // prettier-ignore
  ['404 of a path', says(404, 'HTTP 404 Not Found'), async (one) => await one.offsets('a', { signal }), 'unsupported', 'GR-CONNECT-VERSION', ''], // prettier-ignore
  ['405 of a path', says(405, 'HTTP 405 Method Not Allowed'), async (one) => { await one.patchOffsets('a', [], { signal }) }, 'unsupported', 'GR-CONNECT-VERSION', ''], // prettier-ignore
  ['401', { status: 401, body: 'who are you' }, readRoot, 'denied', 'GR-CONNECT-DENIED', ''],
  ['400 with what was sent', says(400, 'Invalid value hunter2 for configuration x\nand another'), put, 'refused', 'GR-CONNECT-REFUSED', 'Invalid value (set) for configuration x\nand another'], // prettier-ignore
  ['400 of somebody else', { status: 400, body: '<h1>Bad Message 400</h1>' }, put, 'failed', 'GR-CONNECT-ANSWER', ''],
])('%s: a clear error, asked once', async (_, trouble, act, kind, code, says) => {
  fake.troubles.push(trouble)
  const error = await errorOf(act(connect()))
  expect(error).toMatchObject({ kind, code })
  if (says === '') expect(error.stateNow).toBeUndefined()
  else expect(error.stateNow).toContain(says)
  expect(error.message).not.toContain('<')
  expect(fake.asked).toHaveLength(1)
})

it('an answer without an end is broken off, and one that is long is bounded in what is repeated of it', async () => {
  fake.troubles.push({ status: 200, body: `["${'x'.repeat(34_000_000)}"]` }, says(500, 'y'.repeat(100_000)))
  const tooLong = await errorOf(connect().connectors({ signal }))
  expect(tooLong).toMatchObject({ kind: 'failed', message: expect.stringContaining('longer than 33554432 bytes') as string }) // prettier-ignore
  expect((await errorOf(connect().connectors({ signal }))).stateNow).toHaveLength(4_001)
  expect(fake.asked).toHaveLength(2)
})

it('secrets of a configuration are not repeated, whole or in part', async () => {
  const secret = { 'producer.override.sasl.jaas.config': 'a.B required username="ann" password="s3cret";' }
  const references = { 'target.cluster.ssl.key.password': '${file:/a:b}' }
  fake.troubles.push(says(400, `Bad: ${secret['producer.override.sasl.jaas.config']} or s3cret or \${file:/a:b}`))
  const error = await errorOf(connect().putConfig('a', { ...config, ...secret, ...references }, { signal }))
  expect(error.stateNow).toBe('Bad: (set) or (set) or ${file:/a:b}')
  fake.troubles.push({
    status: 200,
    body: JSON.stringify({ error_count: 1, configs: [{ value: { name: 'x', errors: ['Invalid value s3cret'] } }] }),
  })
  expect(await connect().validate('a.B', secret, { signal })).toEqual([{ field: 'x', errors: ['Invalid value (set)'] }])
})

it('an answer of validation that counts more errors than it tells is not taken for one', async () => {
  fake.troubles.push({ status: 200, body: '{"error_count":1,"configs":[]}' })
  expect(await errorOf(connect().validate('a.B', {}, { signal }))).toMatchObject({ code: 'GR-CONNECT-ANSWER' })
})

it('a position that JavaScript would round is not read at all', async () => {
  const offsets = '{"offsets":[{"partition":{"topic":"t"},"offset":{"offset":9007199254740993}}]}'
  fake.troubles.push({ status: 200, body: offsets })
  expect(await errorOf(connect().offsets('a', { signal }))).toMatchObject({ code: 'GR-CONNECT-ANSWER' })
})

it('a state that is not known is not taken for another', async () => {
  const running = { state: 'DANCING', worker_id: 'w' }
  fake.troubles.push({ status: 200, body: JSON.stringify({ name: 'a', connector: running, tasks: [{ id: 0, ...running, state: 'FAILED', trace: 'at' }] }) }) // prettier-ignore
  expect(await connect().status('a', { signal })).toEqual({
    name: 'a',
    connector: { state: 'UNKNOWN', workerId: 'w', trace: undefined },
    tasks: [{ id: 0, state: 'FAILED', workerId: 'w', trace: 'at' }],
  })
})

it('a path of its URL at which Kafka Connect has nothing is not a version that is too old', async () => {
  const one = connect({}, `${fake.url}/foo`)
  for (const look of [one.root({ signal }), one.status('a', { signal }), one.offsets('a', { signal })]) {
    expect(await errorOf(look)).toMatchObject({
      kind: 'failed',
      code: 'GR-CONNECT-ANSWER',
      message: expect.stringContaining(`"${fake.url}/foo" did not `) as string,
      next: expect.stringContaining('check that it is the address') as string,
    })
  }
})

it('asks below the path of its URL, with its credentials, and with nothing of a name in the path', async () => {
  await connect({}, `${fake.url}/connect/`)
    .root({ signal })
    .catch(() => undefined)
  await connect().status('a b', { signal })
  expect(fake.asked.map(({ path }) => path)).toEqual(['/connect/', '/connectors/a%20b/status'])
  expect(fake.asked[1]?.authorization).toBe(`Basic ${Buffer.from('ann:hunter2').toString('base64')}`)
  for (const name of ['..', '.', '', 'a/b', 'a%2fb', 'a;b']) {
    expect(await errorOf(connect().deleteConnector(name, { signal }))).toMatchObject({ code: 'GR-CONNECT-NAME' })
  }
  expect(fake.asked).toHaveLength(2)
})
