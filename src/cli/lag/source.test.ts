import { expect, it } from 'vitest'
import { healthy, mirror, secondsAgo, sourceDead } from '../../../test/support/links.ts'
import { isSourceTelling } from './source.ts'

const silent = mirror('orders', { state: 'ACTIVE' }, [[118n, 100n]], secondsAgo(9)) // prettier-ignore

it('a source tells as long as it has told the ends of any mirror, or why it does not', () => {
  expect(isSourceTelling(healthy)).toBe(true)
  expect(isSourceTelling(sourceDead)).toBe(false)
  expect(isSourceTelling({ ...healthy, mirrors: [] })).toBe(true)
  // It answered, and then its ends did not come.
  expect(isSourceTelling({ ...healthy, mirrors: [silent] })).toBe(false)
  expect(isSourceTelling({ ...healthy, mirrors: [silent, ...healthy.mirrors] })).toBe(true)
  const denied = { ...silent, partitions: silent.partitions.map((one) => ({ ...one, loss: { kind: 'unknown', why: 'needs Describe' } as const })) } // prettier-ignore
  expect(isSourceTelling({ ...healthy, mirrors: [denied] })).toBe(true)
})
