import { expect, it } from 'vitest'
import { FakeConnect } from '../../../test/support/fake-connect.ts'
import { systemTime } from '../../cli/system-time.ts'
import { ConnectCluster } from '../../connect/connect-cluster.ts'
import type { LinkSession } from '../../links/session.ts'
import type { ConnectorPlan } from '../connectors.ts'
import { makeConnectors } from './create-link.ts'

const signal = AbortSignal.timeout(60_000)
const config = { 'connector.class': 'a.B', 'source.cluster.alias': 'east' }

it.each([
  // Done, and its answer lost: it is not sent again.
  [/^POST/, 'none', '"source"', 'STOPPED', undefined],
  [/source\/resume$/, 'none', '"source"', 'RUNNING', undefined],
  [/checkpoint\/resume$/, '"source"', '"checkpoint"', 'RUNNING', 'RUNNING'],
])(
  'a new connector whose answer is lost (%s): what is there by then is told',
  async (loses, made, open, source, checkpoint) => {
    await using fake = await FakeConnect.start()
    const connect = new ConnectCluster({ url: fake.url, credentials: undefined, tls: undefined }, { wait: systemTime.wait }) // prettier-ignore
    const session = {
      state: { cluster: { wait: systemTime.wait } },
      guarded: async (act: (within: object) => Promise<void>) => { await act({ signal, beforeWrite: () => undefined }) }, // prettier-ignore
    } as unknown as LinkSession
    const plans = (['source', 'checkpoint'] as const).map((role): ConnectorPlan => ({ role, name: role, config, does: 'create' })) // prettier-ignore
    const more = { link: 'east-west', isPaused: false, isUsed: false, signal }
    fake.loses = loses
    await expect(makeConnectors(connect, session, plans, more)).rejects.toMatchObject({
      kind: 'unknown',
      code: 'GR-CONNECT-UNKNOWN',
      stateNow: `link "east-west" is written down; connectors that are there as they are to be: ${made}; ${open} may be there, and stopped`, // prettier-ignore
      next: 'look at the connector before you do it again\nthen run the same command again',
    })
    expect(fake.connectors.get('source')?.state).toBe(source)
    expect(fake.connectors.get('checkpoint')?.state).toBe(checkpoint)
    expect(fake.asked.filter(({ method, path }) => method === 'POST' && path === '/connectors')).toHaveLength(fake.connectors.size) // prettier-ignore
  },
)
