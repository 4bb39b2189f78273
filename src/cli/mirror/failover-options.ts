import type { WhichOptions } from './which.ts'

export interface MirrorFailoverOptions extends WhichOptions {
  readonly wait: boolean
  /** Milliseconds. */
  readonly timeout: number | undefined
  readonly forceWhileSourceUp: boolean
  readonly maxLossRecords: bigint | undefined
  readonly unfenced: boolean
}
