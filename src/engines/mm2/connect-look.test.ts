import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FakeConnect } from '../../../test/support/fake-connect.ts'
import { target as someTarget } from '../../../test/support/links.ts'
import { mm2Link } from '../../../test/support/mm2-target.ts'
import { systemTime } from '../../cli/system-time.ts'
import { ConnectCluster } from '../../connect/connect-cluster.ts'
import { connectSeen, lookAtConnect, requireConnect } from './connect-look.ts'
import type { Mm2Target } from './mm2-target.ts'

const signal = AbortSignal.timeout(60_000)
let fake: FakeConnect
let target: Mm2Target
const config = { 'connector.class': 'a.B', 'source.cluster.alias': 'east' }

beforeEach(async () => {
  fake = await FakeConnect.start('WEST-ID')
  const connect = new ConnectCluster(
    { url: fake.url, credentials: undefined, tls: undefined },
    { wait: systemTime.wait },
  )
  target = { ...someTarget, link: mm2Link(fake.url), connect }
  for (const name of ['source', 'checkpoint']) await connect.create(name, config, 'RUNNING', { signal })
  fake.asked.length = 0
})
afterEach(async () => {
  await fake[Symbol.asyncDispose]()
})

it('a plan asks Kafka Connect for each thing once', async () => {
  const { connector, seen } = await lookAtConnect(target, { signal })
  expect(connector).toMatchObject({ connector: { state: 'RUNNING' }, tasks: [{ id: 0 }], config })
  expect(seen).toMatchObject({ version: '4.3.1', connectors: [{ role: 'source', state: 'RUNNING' }, { role: 'checkpoint', state: 'RUNNING' }] }) // prettier-ignore
  const paths = fake.asked.map(({ path }) => path)
  expect(paths.toSorted()).toEqual([...new Set(paths)].toSorted())
})

it('a connector that was deleted is told of by both, and is named by an act that needs it', async () => {
  fake.connectors.delete('source')
  const { connector, seen } = await lookAtConnect(target, { signal })
  expect(connector).toEqual({ why: `Kafka Connect at "${fake.url}" has no connector "source"`, isGone: true })
  expect(seen).toMatchObject({ connectors: [{ role: 'source', state: undefined }, { role: 'checkpoint', state: 'RUNNING' }] }) // prettier-ignore
  const gone = await connectSeen(target, { signal })
  expect(() => { requireConnect(target, gone) }).toThrow(expect.objectContaining({ kind: 'failed', code: 'GR-MM2-CONNECTOR-GONE', next: expect.stringContaining('georep link create east-west') as string })) // prettier-ignore
})

it('nobody that answers: an act that needs it is refused, and nothing is changed', async () => {
  await fake[Symbol.asyncDispose]()
  const { connector, seen } = await lookAtConnect(target, { signal })
  expect(connector).toMatchObject({ isGone: false, why: expect.stringContaining('no answer') as string })
  expect(seen).toMatchObject({ why: expect.stringContaining('no answer') as string })
  const next = 'check the address, and that a worker of Kafka Connect runs there'
  expect(() => { requireConnect(target, connector) }).toThrow(expect.objectContaining({ kind: 'unreachable', code: 'GR-MM2-NO-CONNECT', next })) // prettier-ignore
  fake = await FakeConnect.start()
})

it('one that answers, and refuses the password, is not to be started: what helps is said as of any call', async () => {
  await using server = createServer((_, response) => { response.writeHead(401).end() }) // prettier-ignore
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const connect = new ConnectCluster({ url, credentials: undefined, tls: undefined }, { wait: systemTime.wait })
  const seen = await connectSeen({ ...target, connect }, { signal })
  expect(() => { requireConnect(target, seen) }).toThrow(expect.objectContaining({ code: 'GR-MM2-NO-CONNECT', next: 'check username and password under "connect" of the cluster in georep.yaml' })) // prettier-ignore
})
