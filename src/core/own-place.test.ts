import { expect, it } from 'vitest'
import { offset } from './offset.ts'
import { besidePlace } from './own-place.ts'
import { unknown } from './translation.ts'

it('a place of the engine is measured by the exact one, and by a bounded one only where it is before it', () => {
  const exact = { kind: 'exact', to: offset(100n), by: 'record', why: undefined } as const
  const bounded = { kind: 'bounded', to: offset(100n), reread: 7n, why: 'not compared' } as const
  expect(besidePlace(offset(60n), exact)).toEqual({ reread: 40n, skipped: 0n })
  expect(besidePlace(offset(132n), exact)).toEqual({ reread: 0n, skipped: 32n })
  expect(besidePlace(offset(60n), bounded)).toEqual({ reread: 47n, skipped: 0n })
  expect(besidePlace(offset(101n), bounded)).toEqual({ reread: undefined, skipped: undefined })
  expect(besidePlace(offset(60n), unknown('no sync'))).toEqual({ reread: undefined, skipped: undefined })
})
