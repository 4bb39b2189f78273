import { expect, it } from 'vitest'
import { at, mirror, target } from '../../test/support/links.ts'
import type { LinkTarget, ReplicationEngine } from '../engines/engine.ts'
import type { MirrorRecord } from '../links/records.ts'
import { goneBack, goneBackText } from './gone-back.ts'

const stopped = (ends: readonly bigint[], minute: number): MirrorRecord => ({
  ...mirror(
    'orders',
    { state: 'ACTIVE' },
    ends.map(() => [0n, 0n]),
  ).record,
  state: { state: 'STOPPED', stoppedBy: 'promote', at: new Date(at.getTime() + minute * 60_000).toISOString(), ends: [...ends], isFenced: true }, // prettier-ignore
})
const carried: MirrorRecord = mirror('orders', { state: 'ACTIVE' }, [[0n, 0n]]).record

async function gone(forth: MirrorRecord, back: MirrorRecord): Promise<string> {
  const link = { ...target.link, name: 'west-east' }
  const onto = { ...target, link, state: { mirror: () => back } } as unknown as LinkTarget
  const engine = { capabilities: { canReverse: true }, linksBack: async () => await Promise.resolve([onto]) } as unknown as ReplicationEngine // prettier-ignore
  return goneBackText(await goneBack({ engine, target }, [forth], { signal: AbortSignal.timeout(1_000) }))
}

it.each([
  ['the old source is its mirror', stopped([5n], 0), carried, '"orders" (on link "west-east")'],
  ['that was switched as well', stopped([5n, 7n], 0), stopped([5n, 9n], 9), '"orders" (on link "west-east", which was switched as well)'], // prettier-ignore
  ['by a clock that is behind', stopped([5n], 5), stopped([8n], 0), '"orders" (on link "west-east", which was switched as well)'], // prettier-ignore
  ['and this one again, later', stopped([9n, 7n], 0), stopped([5n, 7n], 9), ''],
  ['with nothing written between', stopped([5n], 0), stopped([5n], 1), '"orders" (on link "west-east", which was switched as well)'], // prettier-ignore
  ['with nothing written between, before', stopped([5n], 1), stopped([5n], 0), ''],
  ['it is carried forth again', carried, stopped([9n], 9), ''],
])('of a mirror that was stopped: %s', async (_what, forth, back, said) => {
  expect(await gone(forth, back)).toBe(said)
})
