import { expect, it } from 'vitest'
import { mm2Link } from '../../../test/support/mm2-target.ts'
import type { LinkRecord } from '../../links/records.ts'
import { adoptedAgain, areSame, requireFree } from './adopt-connectors.ts'

const connectors = { source: 'mm2', checkpoint: 'cp', heartbeat: null, returnHeartbeat: null }
const link = (name: string, own: Partial<typeof connectors>, sourceId = 'e'): LinkRecord =>
  ({ name, engine: 'mm2', source: { name: 'east', clusterId: sourceId }, mm2: { connectors: { ...connectors, ...own } } }) as unknown as LinkRecord // prettier-ignore

const mm2 = { ...mm2Link('http://connect-west:8083').mm2, connectors }

it('a heartbeat that came later is taken up, and one that is not found is kept', () => {
  const come = { ...mm2, connectors: { ...connectors, heartbeat: 'hb' } }
  expect(areSame(mm2, come)).toBe(false)
  expect(adoptedAgain(mm2, come)).toEqual(come)
  expect(areSame(come, mm2)).toBe(true)
  const both = { ...come, connectors: { ...come.connectors, returnHeartbeat: 'back' } }
  expect(adoptedAgain(both, mm2)).toEqual(both)
})

it('a Kafka Connect that has the connectors at another URL is where the link is carried from then on', () => {
  const moved = { ...mm2, connectUrl: 'http://connect-new:8083' }
  expect(areSame(mm2, moved)).toBe(false)
  expect(adoptedAgain(mm2, moved)).toEqual(moved)
  expect(areSame(mm2, { ...mm2, connectUrl: 'http://connect-west:8083/' })).toBe(true)
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
