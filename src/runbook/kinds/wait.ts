import { textFromDurationMs } from '../../core/duration.ts'
import { durationMs, stepKind } from '../kind.ts'

/** Lets time pass. */
export const wait = stepKind({
  name: 'wait',
  fields: { for: durationMs },
  timeoutMs: (step) => step.for + 10_000,
  does: (step) => `wait for ${textFromDurationMs(step.for)}`,
  open: (step, site) => ({
    certainty: 'gate',
    observe: async () => await Promise.resolve({ kind: 'notDone', what: `would wait for ${textFromDurationMs(step.for)}` }), // prettier-ignore
    apply: async ({ signal }) => {
      await site.time.wait(step.for, signal)
      return undefined
    },
  }),
})
