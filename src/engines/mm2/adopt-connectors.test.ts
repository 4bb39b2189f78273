import { expect, it } from 'vitest'
import type { LinkRecord } from '../../links/records.ts'
import { areSame, requireFree, withFoundHeartbeats } from './adopt-connectors.ts'

const connectors = { source: 'mm2', checkpoint: 'cp', heartbeat: null, returnHeartbeat: null }
const link = (name: string, own: Partial<typeof connectors>, sourceId = 'e'): LinkRecord =>
  ({ name, engine: 'mm2', source: { name: 'east', clusterId: sourceId }, mm2: { connectors: { ...connectors, ...own } } }) as unknown as LinkRecord // prettier-ignore

it('a heartbeat that came later is taken up, and one that is not found is kept', () => {
  const come = { ...connectors, heartbeat: 'hb' }
  expect(areSame(connectors, come)).toBe(false)
  expect(withFoundHeartbeats(connectors, come)).toEqual(come)
  expect(areSame(come, connectors)).toBe(true)
  expect(withFoundHeartbeats({ ...come, returnHeartbeat: 'back' }, connectors)).toEqual({ ...come, returnHeartbeat: 'back' }) // prettier-ignore
})

it.each([
  ['the checkpoint connector', { source: 'other' }, 'connector "cp" is that of link "east-west"'],
  ['the source connector', { checkpoint: 'other' }, 'connector "mm2" is that of link "east-west"'],
])('%s of another link from the same cluster is refused', (_, own, why) => {
  const asked = { name: 'second-one', sourceId: 'e', connectors }
  expect(() => { requireFree([link('east-west', own)], asked) }).toThrow(why) // prettier-ignore
  // Not its own, nor one of another cluster, nor two that have none in common.
  requireFree([link('second-one', own), link('north-west', own, 'n'), link('east-west', { source: 'a', checkpoint: 'b' })], asked) // prettier-ignore
})
