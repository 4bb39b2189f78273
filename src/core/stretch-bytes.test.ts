import { expect, it } from 'vitest'
import { type StretchPart, totalBytes } from './stretch-bytes.ts'

const part = (offsets: bigint | undefined, fetched: StretchPart['fetched'], more: Partial<StretchPart> = {}): StretchPart => ({ topic: 'orders', offsets, fetched, why: undefined, ...more }) // prettier-ignore
const why = 'only 64 MiB of them were read'

it('nothing missing is exactly nothing', () => {
  expect(totalBytes([])).toStrictEqual({ kind: 'exact', bytes: 0n })
  expect(totalBytes([part(0n, { offsets: 0n, bytes: 0n })])).toStrictEqual({ kind: 'exact', bytes: 0n })
})

it('what was fetched to its end is exact', () => {
  const parts = [part(10n, { offsets: 10n, bytes: 700n }), part(2n, { offsets: 2n, bytes: 300n })]
  expect(totalBytes(parts)).toStrictEqual({ kind: 'exact', bytes: 1000n })
})

it('what was not is at least what came, and about what the rest adds at the same rate', () => {
  const parts = [part(10n, { offsets: 5n, bytes: 500n }, { why }), part(2n, { offsets: 2n, bytes: 300n })]
  expect(totalBytes(parts)).toStrictEqual({ kind: 'atLeast', bytes: 800n, about: 1300n, why })
})

it('a partition that was not come to has the rate of its topic', () => {
  const parts = [part(10n, { offsets: 10n, bytes: 500n }), part(4n, { offsets: 0n, bytes: 0n }, { why })]
  expect(totalBytes(parts)).toStrictEqual({ kind: 'atLeast', bytes: 500n, about: 700n, why })
})

it('what need not be missing is no lower bound, and no rate', () => {
  const late = part(4n, { offsets: 4n, bytes: 400n }, { isUpperBound: true, why: 'written down late' })
  const some = part(10n, { offsets: 10n, bytes: 500n })
  expect(totalBytes([some, late])).toStrictEqual({ kind: 'atMost', bytes: 900n, why: 'written down late' })
  const short = part(10n, { offsets: 5n, bytes: 250n }, { why })
  expect(totalBytes([short, late])).toStrictEqual({ kind: 'atLeast', bytes: 250n, about: undefined, why })
  expect(totalBytes([{ ...short, isUpperBound: true }, late])).toStrictEqual({ kind: 'unknown', why })
})

it('without a rate, or without a count, nothing is made up', () => {
  const denied = 'needs Read on topic "bills"'
  const other = part(4n, undefined, { topic: 'bills', why: denied })
  const some = part(10n, { offsets: 10n, bytes: 500n })
  expect(totalBytes([some, other])).toStrictEqual({ kind: 'atLeast', bytes: 500n, about: undefined, why: denied })
  const uncounted = part(undefined, undefined, { why: denied })
  expect(totalBytes([some, uncounted])).toStrictEqual({ kind: 'atLeast', bytes: 500n, about: undefined, why: denied })
  expect(totalBytes([other])).toStrictEqual({ kind: 'unknown', why: denied })
  expect(totalBytes([uncounted])).toStrictEqual({ kind: 'unknown', why: denied })
})
