import { expect, it } from 'vitest'
import { mm2Link } from '../../../test/support/mm2-target.ts'
import type { LinkRecord } from '../../links/records.ts'
import { adoptedAgain, areSame, requireFree, requireSame } from './adopt-connectors.ts'

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

it('another URL is not taken up in passing: the command that has the link go by it is named', () => {
  const at = (url: string) => ({ connect: { url }, link: 'east-west' })
  const moves = 'georep link alter east-west --connect http://connect-new:8083'
  expect(() => { requireSame(mm2, mm2, at('http://connect-new:8083')) }).toThrow(expect.objectContaining({ kind: 'refused', next: expect.stringContaining(moves) as string })) // prettier-ignore
  requireSame(mm2, mm2, at('http://connect-west:8083/'))
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
