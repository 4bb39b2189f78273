import { expect, it } from 'vitest'
import { FakeConnect } from '../../../test/support/fake-connect.ts'
import { mirror, target as someTarget } from '../../../test/support/links.ts'
import { mm2Link } from '../../../test/support/mm2-target.ts'
import { systemTime } from '../../cli/system-time.ts'
import { ConnectCluster } from '../../connect/connect-cluster.ts'
import { stopMirrors, type StopOptions } from './stop-mirrors.ts'

const config = { 'connector.class': 'a.B', 'source.cluster.alias': 'east', topics: '^orders$' }

it.each([
  ['does not tell of the connector', 'not', 9, 0],
  ['tells of the connector, and does not stop it', 'once', 0, 1],
])('without a fence a Kafka Connect that %s is asked %s how far it is', async (_, _often, lost, times) => {
  await using fake = await FakeConnect.start('WEST-ID')
  const connect = new ConnectCluster({ url: fake.url, credentials: undefined, tls: undefined }, { wait: systemTime.wait })
  for (const name of ['source', 'checkpoint']) await connect.create(name, config, 'RUNNING', { signal: AbortSignal.timeout(10_000) })
  fake.asked.length = 0
  for (let n = 0; n < lost; n++) fake.troubles.push({ break: 'before' })
  const over = new AbortController()
  const done = async (): Promise<void> => { await Promise.resolve() }
  // The brokers of the destination are asked last.
  const destination = { name: 'west', wait: done, metadata: async () => { over.abort(); await done(); throw new Error('enough') } }
  const { record } = mirror('orders', { state: 'PENDING_STOPPED', stoppedBy: 'failover', at: '2026-01-01T00:00:00Z' } as never, [[1n, 1n]])
  const state = { refresh: done, mirrors: () => [record], cluster: { wait: done } }
  const session = { state, signal: new AbortController().signal, guarded: async () => { await done(); throw new Error('not stopped') } }
  const options = { target: { ...someTarget, destination, state, link: mm2Link(fake.url), connect }, session, stoppedBy: 'failover', isUnfenced: true, isSourceReachable: false, time: systemTime, onStep: () => undefined } as unknown as StopOptions
  await stopMirrors([record], options, over.signal)
  expect(fake.asked.filter(({ path }) => path.endsWith('/offsets'))).toHaveLength(times)
}) // prettier-ignore
