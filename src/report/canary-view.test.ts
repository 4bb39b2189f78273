import { describe, expect, it } from 'vitest'
import type { MarkTimes } from './phases.ts'
import { canaryViewFrom } from './canary-view.ts'
import type { Send } from './record-parts.ts'

const unseen = Object.fromEntries(
  ['t0', 't1', 't2', 't3', 't4', 't5', 't6', 't7', 't8'].map((name) => [name, undefined]),
) as unknown as MarkTimes

const send = (scheduledMs: number, acknowledgedMs: number | null, partition = 0): Send => ({
  ...{ partition, seq: 0, scheduledMs, acknowledgedMs },
  outcome: acknowledgedMs === null ? 'fail' : 'ok',
})

describe('the canary of a record', () => {
  const ledger = {
    source: [send(1_000, 1_010), send(1_100, 1_105), send(1_200, null), send(1_300, null)],
    destination: [send(3_000, 3_050), send(3_100, 3_110)],
  }

  it('is placed by the first acknowledgement of the destination, else by the last of the source', () => {
    const byBoth = canaryViewFrom({ ledger, marks: { ...unseen, t0: 0, t1: -95, t6: 1_850 } })
    const byT1 = canaryViewFrom({ ledger, marks: { ...unseen, t0: 0, t1: -95 } })
    expect(byBoth).toEqual(byT1)
    expect(byBoth).toMatchObject({
      isPlaced: true,
      outage: { fromMs: -95, toMs: 1_850 },
      span: { fromMs: -200, toMs: 1_910 },
      source: {
        ok: 2,
        fail: 2,
        unknown: 0,
        latency: { p50Ms: 5, p99Ms: 10, maxMs: 10 },
        silence: { fromMs: -190, toMs: -95 },
      },
      destination: { ok: 2, latency: { p50Ms: 10, maxMs: 50 }, silence: { fromMs: 1_850, toMs: 1_910 } },
    })
  })

  it('begins with its first send where nothing tells when the fault was', () => {
    expect(canaryViewFrom({ ledger, marks: unseen })).toMatchObject({
      isPlaced: false,
      span: { fromMs: 0, toMs: 2_110 },
    })
  })

  it('knows no latency and no silence where nothing was acknowledged', () => {
    const view = canaryViewFrom({
      ledger: { source: [send(1, null), { ...send(2, null), outcome: 'pending' }], destination: [] },
      marks: unseen,
    })
    expect(view?.source).toMatchObject({ ok: 0, fail: 1, unknown: 1, latency: undefined, silence: undefined })
    expect(view?.outage).toBeUndefined()
  })

  it('is undefined where there is no ledger, or an empty one', () => {
    expect(canaryViewFrom({ ledger: undefined, marks: unseen })).toBeUndefined()
    expect(canaryViewFrom({ ledger: { source: [], destination: [] }, marks: unseen })).toBeUndefined()
  })

  it('takes a ledger of hours', () => {
    const source = Array.from({ length: 100_000 }, (_, n) => send(n * 100, n * 100 + 5))
    expect(canaryViewFrom({ ledger: { source, destination: [] }, marks: unseen })?.source.ok).toBe(100_000)
  })
})
