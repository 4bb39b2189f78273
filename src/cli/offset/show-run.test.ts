import { expect, it } from 'vitest'
import { mirror } from '../../../test/support/links.ts'
import { neverCopied } from './show-run.ts'

const orders = mirror('orders', { state: 'ACTIVE' }, [[1n, 1n]])
const stopped = mirror('orders', { state: 'STOPPED', stoppedBy: 'failover' }, [[1n, 1n]])
const silent = { link: 'east-west', silent: 'the source does not answer', mirrors: [orders] }

it('where no offsets were copied, and the source does not answer, it is not known that there are no groups', () => {
  expect(neverCopied([silent], [])).toEqual([silent])
  expect(neverCopied([silent], [{ link: 'east-west' }])).toEqual([])
  expect(neverCopied([{ ...silent, silent: undefined }], [])).toEqual([])
  expect(neverCopied([{ ...silent, mirrors: [stopped] }], [])).toEqual([])
})
