/** What a canary record carries. Its place in the ledger is (partition, seq). */
export interface CanaryRecord {
  readonly runId: string
  readonly partition: number
  /** 0, 1, 2, … in each partition, one per slot, whatever became of the send. */
  readonly seq: number
  /** Wall clock at which the open-loop schedule wanted it sent, in whole milliseconds. */
  readonly scheduledWallMs: number
}

const maxLength = 256
const number = '(0|[1-9][0-9]{0,14})'
const pattern = new RegExp(
  `^\\{"georep":"canary/1","run":"([a-z0-9-]{1,64})","partition":${number},"seq":${number},"scheduled":${number}\\}$`,
)

/** The record's value: JSON, so that an operator can read it with any console consumer. */
export function bytesFromCanary({ runId, partition, seq, scheduledWallMs }: CanaryRecord): Uint8Array {
  const text = `{"georep":"canary/1","run":"${runId}","partition":${partition},"seq":${seq},"scheduled":${scheduledWallMs}}`
  if (!pattern.test(text)) throw new RangeError(`not a canary record: ${text}`)
  return new TextEncoder().encode(text)
}

/**
 * The canary record in a value, or `undefined` when it is none. Anybody may write to a topic, so only the exact bytes that
 * `bytesFromCanary` makes are one; whose run it is, is for the caller to compare.
 */
export function canaryFromBytes(value: Uint8Array | null): CanaryRecord | undefined {
  if (value === null || value.length > maxLength) return undefined
  const match = pattern.exec(new TextDecoder('latin1').decode(value))
  const runId = match?.[1]
  if (match === null || runId === undefined) return undefined
  return { runId, partition: Number(match[2]), seq: Number(match[3]), scheduledWallMs: Number(match[4]) }
}
