import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { canaryFromBytes } from '../core/canary-record.ts'
import { ledgerCounts } from '../core/ledger.ts'
import { offset } from '../core/offset.ts'
import type { Time } from '../core/time.ts'
import type { CanarySender, SendAnswer } from './canary-sender.ts'
import { CanaryWriter, type CanaryWriterOptions } from './canary-writer.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const time: Time = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  wait: async (ms, signal) => {
    signal.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        clearTimeout(timer)
        reject(signal.reason as Error)
      }
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }, ms)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  },
}

/** Acknowledges after `latencyMs`, unless told otherwise. */
class FakeSender implements CanarySender {
  latencyMs = 5
  /** What becomes of the next sends; `silent` is never answered, `stuck` can also be withdrawn. */
  readonly script: ('ok' | 'fail' | 'unknown' | 'silent' | 'stuck' | { readonly lateMs: number })[] = []
  readonly sent: { readonly partition: number; readonly seq: number }[] = []
  readonly ends = new Map<number, bigint>()
  closedWith: number | undefined

  send: CanarySender['send'] = ({ partition, value }) => {
    const canary = canaryFromBytes(value)
    this.sent.push({ partition, seq: canary?.seq ?? -1 })
    const fate = this.script.shift() ?? 'ok'
    const at = this.ends.get(partition) ?? 0n
    const ok: SendAnswer = { kind: 'ok', offset: offset(at) }
    if (fate === 'ok' || typeof fate === 'object') this.ends.set(partition, at + 1n)
    const answers: Record<'fail' | 'unknown', SendAnswer> = {
      fail: { kind: 'fail', why: 'refused' },
      unknown: { kind: 'unknown', why: 'lost' },
    }
    const answer = new Promise<SendAnswer>((resolve) => {
      if (fate === 'silent' || fate === 'stuck') return
      const [result, ms] = typeof fate === 'object' ? [ok, fate.lateMs] : [fate === 'ok' ? ok : answers[fate], this.latencyMs] // prettier-ignore
      setTimeout(() => {
        resolve(result)
      }, ms)
    })
    return { answer, withdraw: () => fate === 'stuck' }
  }

  close: CanarySender['close'] = async ({ timeoutMs }) => {
    this.closedWith = timeoutMs
    await Promise.resolve()
  }
}

function open(options: Partial<CanaryWriterOptions> = {}): { writer: CanaryWriter; sender: FakeSender } {
  const sender = new FakeSender()
  const writer = new CanaryWriter({ sender, runId: 'r1', partitions: [0, 1], everyMs: 100, time, ...options })
  return { writer, sender }
}
const signal = new AbortController().signal
const pass = async (ms: number): Promise<void> => {
  await vi.advanceTimersByTimeAsync(ms)
}
const kinds = (writer: CanaryWriter): readonly string[] => writer.ledger().map(({ outcome }) => outcome.kind)

describe('canary writer', () => {
  it('writes nothing until it is told to, and then one record a slot and partition from that instant', async () => {
    const { writer, sender } = open()
    await pass(1_000)
    expect(sender.sent).toEqual([])
    const start = performance.now()
    writer.resume()
    await pass(250)
    expect(sender.sent).toEqual([
      { partition: 0, seq: 0 },
      { partition: 1, seq: 0 },
      { partition: 0, seq: 1 },
      { partition: 1, seq: 1 },
      { partition: 0, seq: 2 },
      { partition: 1, seq: 2 },
    ])
    expect(writer.ledger().map(({ scheduledAt }) => scheduledAt - start)).toEqual([0, 0, 100, 100, 200, 200])
    const last = writer.ledger().at(-1)
    expect(last?.outcome).toMatchObject({ kind: 'ok', offset: 2n, acknowledgedAt: start + 205 })
  })

  it('skips no slot when the process stood still: all that fell due are sent, each with its own time', async () => {
    const { writer, sender } = open({ partitions: [0] })
    const start = performance.now()
    writer.resume()
    await pass(150)
    expect(sender.sent.length).toBe(2)
    // The clock runs on while no timer fires.
    vi.spyOn(performance, 'now').mockReturnValue(start + 1_050)
    await pass(60)
    expect(sender.sent.length).toBe(11)
    expect(writer.ledger().map(({ scheduledAt }) => scheduledAt - start)).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000]) // prettier-ignore
    vi.restoreAllMocks()
  })

  it('keeps the rate over a long time', async () => {
    const { writer, sender } = open({ partitions: [0], everyMs: 33 })
    writer.resume()
    await pass(33 * 300 + 1)
    expect(sender.sent.length).toBe(301)
  })

  it('calls a send without an answer unknown, and takes a late acknowledgement for what it is', async () => {
    const { writer, sender } = open({ partitions: [0], sendTimeoutMs: 500 })
    sender.script.push({ lateMs: 800 }, 'silent')
    writer.resume()
    await pass(110)
    await pass(600)
    expect(kinds(writer).slice(0, 3)).toEqual(['unknown', 'unknown', 'ok'])
    await pass(200)
    expect(kinds(writer).slice(0, 3)).toEqual(['ok', 'unknown', 'ok'])
  })

  it('knows that a record it could take back was not written', async () => {
    const { writer, sender } = open({ partitions: [0], sendTimeoutMs: 500 })
    sender.script.push('stuck')
    writer.resume()
    await pass(600)
    expect(writer.ledger()[0]?.outcome).toEqual({ kind: 'fail', why: 'not sent: no answer within 500 ms' })
  })

  it('lets no more than so many sends pile up, and records the slots beyond as not sent', async () => {
    const { writer, sender } = open({ partitions: [0], maxOutstanding: 3 })
    for (let i = 0; i < 50; i++) sender.script.push('silent')
    writer.resume()
    await pass(5_000)
    expect(sender.sent.length).toBe(3)
    const counts = ledgerCounts(writer.ledger())
    expect(counts).toEqual({ sends: 51, ok: 0, fail: 48, unknown: 3 })
    expect(writer.ledger()[3]?.outcome).toEqual({ kind: 'fail', why: 'not sent: 3 sends are unanswered' })
    expect(writer.ledger().map(({ seq }) => seq)).toEqual(Array.from({ length: 51 }, (_, seq) => seq))
  })

  it('pauses when the last answer is there, and goes on with the next sequence', async () => {
    const { writer, sender } = open({ partitions: [0] })
    sender.latencyMs = 300
    writer.resume()
    await pass(150)
    let isPaused = false
    const paused = writer.pause({ signal }).then(() => {
      isPaused = true
    })
    await pass(100)
    expect(isPaused).toBe(false)
    await pass(1_000)
    await paused
    expect(kinds(writer)).toEqual(['ok', 'ok'])
    writer.resume()
    await pass(10)
    expect(sender.sent.at(-1)).toEqual({ partition: 0, seq: 2 })
  })

  it('writes exactly so many acknowledged records, and replaces those that failed', async () => {
    const { writer, sender } = open({ partitions: [0, 1, 2] })
    sender.script.push('ok', 'fail')
    const written = writer.writeExactly(7, { signal })
    await pass(2_000)
    await written
    await pass(2_000)
    expect(ledgerCounts(writer.ledger())).toEqual({ sends: 8, ok: 7, fail: 1, unknown: 0 })
    await writer.writeExactly(0, { signal })
    expect(writer.ledger().length).toBe(8)
  })

  it('does not pretend to have written exactly so many when a send is unknown', async () => {
    const { writer, sender } = open({ partitions: [0] })
    sender.script.push('ok', 'unknown')
    const written = expect(writer.writeExactly(3, { signal })).rejects.toMatchObject({ kind: 'unknown' })
    await pass(500)
    await written
    const before = sender.sent.length
    await pass(1_000)
    expect(sender.sent.length).toBe(before)
  })

  it('stops within its time and leaves nothing pending', async () => {
    const { writer, sender } = open({ partitions: [0] })
    sender.script.push('ok', 'silent', 'stuck')
    writer.resume()
    await pass(210)
    expect(kinds(writer)).toEqual(['ok', 'pending', 'pending'])
    const stopped = writer.stop({ timeoutMs: 300 })
    await pass(320)
    await stopped
    expect(kinds(writer)).toEqual(['ok', 'unknown', 'fail'])
    expect(sender.closedWith).toBe(300)
    writer.resume()
    await pass(1_000)
    expect(sender.sent.length).toBe(3)
    await writer.stop({ timeoutMs: 300 })
  })
})
