import { expect, it } from 'vitest'
import { GeorepError } from '../../../core/errors.ts'
import { whyNotNow } from './rounds.ts'

const { signal } = new AbortController()

it('another cluster in the place of the source is told as what stands in the way, and not thrown as an end that leaves anything open', () => {
  const message = 'cluster "east" is not the one that link "east-west" was made with'
  const stateNow = 'it has the id B, the link was made with A'
  const wrong = new GeorepError('failed', 'GR-WRONG-CLUSTER', message, { stateNow: `${stateNow}\nnothing was changed` })
  expect(whyNotNow(wrong, { signal })).toEqual([`${message}: ${stateNow}`])
})

it('what the source refuses is told, what passes is left to the next round, and anything else is thrown', () => {
  const error = (kind: GeorepError['kind']): GeorepError => new GeorepError(kind, 'GR-TEST', kind)
  expect(whyNotNow(error('denied'), { signal })).toEqual(['denied'])
  expect(whyNotNow(error('unsupported'), { signal })).toEqual(['unsupported'])
  expect(whyNotNow(error('unreachable'), { signal })).toBeUndefined()
  expect(whyNotNow(error('conflict'), { signal })).toBeUndefined()
  expect(() => whyNotNow(error('failed'), { signal })).toThrow('failed')
})
