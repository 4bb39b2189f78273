import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Slot, steadyStateFrom } from './steady-state.ts'

const options = { earliest: 1_000, holdMs: 500, lateAfterMs: 200, observedUntil: 5_000 }

/** A slot every 100 ms from 0 to 5 s, done after 10 ms, but for those changed. */
function slots(changed: Record<number, number | undefined> = {}): readonly Slot[] {
  return Array.from({ length: 50 }, (_, index) => {
    const dueAt = index * 100
    return { dueAt, doneAt: dueAt in changed ? changed[dueAt] : dueAt + 10 }
  })
}

describe('steady state', () => {
  it('begins at the earliest instant when all is well, whatever was before', () => {
    expect(steadyStateFrom(slots({ 0: undefined, 500: undefined }), slots(), options)).toEqual({ at: 1_000 })
  })

  it('begins after the last failure that is followed by enough quiet', () => {
    expect(steadyStateFrom(slots({ 1_200: undefined }), slots(), options)).toEqual({ at: 1_210 })
    expect(steadyStateFrom(slots(), slots({ 1_200: undefined, 1_500: undefined }), options)).toEqual({ at: 1_510 })
  })

  it('does not begin at an instant at which a slot fails', () => {
    expect(steadyStateFrom(slots({ 1_000: undefined }), slots(), options)).toEqual({ at: 1_010 })
  })

  it('is not disturbed by what fails after it has held', () => {
    expect(steadyStateFrom(slots({ 1_700: undefined }), slots(), options)).toEqual({ at: 1_000 })
  })

  it('takes a late slot as trouble until it is done', () => {
    expect(steadyStateFrom(slots({ 1_100: 2_000 }), slots(), options)).toEqual({ at: 2_010 })
  })

  it('waits for the backlog of the time before', () => {
    expect(steadyStateFrom(slots({ 300: 1_400 }), slots(), options)).toEqual({ at: 1_410 })
  })

  it('has no instant when it was not watched long enough', () => {
    const state = steadyStateFrom(slots(), slots(), { ...options, observedUntil: 1_300 })
    expect(state.at).toBeUndefined()
    expect(state).toHaveProperty('why', 'watched for 300 ms of the 500 ms')
  })

  it('has no instant while every slot fails', () => {
    const failing = slots(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [index * 100, undefined])))
    expect(steadyStateFrom(failing, slots(), options).at).toBeUndefined()
  })

  it('does not take the absence of slots for health', () => {
    expect(steadyStateFrom(slots(), [], options)).toEqual({
      at: undefined,
      why: 'no canary read was seen in the time that had to hold',
    })
    expect(steadyStateFrom([], slots(), options).at).toBeUndefined()
  })

  it('does not count a slot that is not yet late', () => {
    const state = steadyStateFrom(slots({ 1_400: undefined }), slots(), { ...options, observedUntil: 1_550 })
    expect(state.at).toBe(1_000)
  })

  it('never lies in a time in which something went wrong', () => {
    const outcome = fc.option(fc.nat({ max: 600 }), { nil: undefined })
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 49 }), (delays) => {
        const writes = delays.map((delay, index) => ({
          dueAt: index * 100,
          doneAt: delay === undefined ? undefined : index * 100 + delay,
        }))
        const { at } = steadyStateFrom(writes, slots(), options)
        if (at === undefined) return
        for (const { dueAt, doneAt } of writes) {
          if (dueAt < at || dueAt > at + options.holdMs) continue
          expect(doneAt).toBeDefined()
          expect((doneAt as number) - dueAt).toBeLessThanOrEqual(options.lateAfterMs)
        }
      }),
    )
  })
})
