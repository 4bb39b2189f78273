import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Milliseconds between two looks at the clock; what is measured contains it, and it is taken off again. */
const resolutionMs = 5

/** Watches how long this process's event loop stands still, from now until it is disposed. */
export interface LoopDelay extends Disposable {
  /** `undefined` before the first sample. */
  readonly p99Ms: () => number | undefined
}

export function watchLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs })
  histogram.enable()
  return {
    p99Ms: () => (histogram.count === 0 ? undefined : Math.max(0, histogram.percentile(99) / 1_000_000 - resolutionMs)),
    [Symbol.dispose]: () => {
      histogram.disable()
    },
  }
}
