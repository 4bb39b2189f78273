import { expect, it } from 'vitest'
import { offset } from '../../core/offset.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { doubtIn } from './mirror-views.ts'

it('of a partition that nothing has come to all is missing, and not at most: what Connect writes down late makes no difference', () => {
  expect(doubtIn('LATE', offset(0n), undefined)).toBeUndefined()
  expect(doubtIn('LATE', offset(3n), undefined)).toBe('LATE')
  // What came while it was looked at may not be all that came.
  expect(doubtIn('LATE', offset(0n), 2n)).toBe('LATE')
  expect(doubtIn('LATE', undefined, undefined)).toBe('LATE')
  expect(doubtIn('LATE', new BrokerError('', 29), undefined)).toBe('LATE')
  expect(doubtIn(undefined, offset(3n), undefined)).toBeUndefined()
})
