import { textFromDurationMs } from '../../core/duration.ts'
import { brokerNow } from '../../links/broker-clock.ts'
import { durationMs, nothing, stepKind } from '../kind.ts'

/** That this machine's clock and that of the destination's brokers differ by no more than this, the round trip taken for an error. */
export const checkClockSkew = stepKind({
  name: 'check.clock-skew',
  fields: { max: durationMs },
  timeoutMs: 30_000,
  does: ({ max }) => `check that our clock and that of the destination's brokers are within ${textFromDurationMs(max)}`,
  open: ({ max }, site) => ({
    certainty: 'check',
    observe: async (options) => {
      const { time, target } = site
      // The first request finds the leader; the second one is short.
      await brokerNow(target.destination, options)
      const sent = time.now().getTime()
      const broker = (await brokerNow(target.destination, options)).getTime()
      const answered = time.now().getTime()
      const errorMs = (answered - sent) / 2
      const skewMs = Math.abs(broker - (sent + answered) / 2)
      const what = `${textFromDurationMs(skewMs)} ± ${textFromDurationMs(errorMs)}`
      if (skewMs + errorMs <= max) return { kind: 'done', what }
      return skewMs - errorMs > max ? { kind: 'blocked', why: `the clocks differ by ${what}` } : { kind: 'unknown', why: `the clocks differ by ${what}: the answer took too long to tell` } // prettier-ignore
    },
    apply: nothing,
  }),
})
