import { describe, expect, it } from 'vitest'
import { type Outcome, verdictOf } from './outcome.ts'

const kinds = ['applied', 'unchanged', 'refused', 'failed', 'unknown', 'pending', 'incomplete'] as const

/** Every set of outcomes, by the worst that must show. */
function expected(seen: ReadonlySet<string>): string {
  if (seen.has('unknown')) return 'unknown'
  if (seen.has('incomplete')) return 'incomplete'
  if (seen.has('failed'))
    return ['applied', 'unchanged', 'pending'].some((kind) => seen.has(kind)) ? 'incomplete' : 'failed'
  if (seen.has('refused')) return ['applied', 'pending'].some((kind) => seen.has(kind)) ? 'incomplete' : 'refused'
  return seen.has('pending') ? 'timedOut' : 'done'
}

function outcomeOf(kind: (typeof kinds)[number]): Outcome {
  return kind === 'applied' ? { kind } : { kind, why: 'because' }
}

describe('verdictOf', () => {
  const sets = Array.from({ length: 2 ** kinds.length }, (_, bits) =>
    kinds.filter((_kind, bit) => (bits & (1 << bit)) !== 0),
  )

  it.each(sets.map((set) => [set.join(' + '), set] as const))('%s', (_, set) => {
    expect(verdictOf(set.map(outcomeOf))).toBe(expected(new Set(set)))
    expect(verdictOf(set.toReversed().map(outcomeOf))).toBe(expected(new Set(set)))
  })

  it('is done when there was nothing to do', () => {
    expect(verdictOf([])).toBe('done')
  })

  it('never calls a partial success done', () => {
    for (const kind of ['refused', 'failed', 'unknown', 'pending', 'incomplete'] as const) {
      expect(verdictOf([{ kind: 'applied' }, outcomeOf(kind)])).not.toBe('done')
    }
  })
})
