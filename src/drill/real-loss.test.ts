import { expect, it } from 'vitest'
import { fakeTime } from '../../test/support/fake-time.ts'
import { acknowledged, send, sourceLedger } from '../../test/support/drill-observations.ts'
import { whyAway, whyAwayAtCut } from './real-loss.ts'
import type { DrillSite } from './site.ts'

const settings = { probeEveryMs: 500, failuresNeeded: 3 }

async function askedOf(
  answers: readonly ('answers' | 'refuses' | 'hangs')[],
): Promise<{ why: unknown; asked: number }> {
  const time = fakeTime()
  let asked = 0
  const metadata = async (): Promise<void> => {
    const how = answers[asked++] ?? 'answers'
    if (how === 'refuses') throw new Error('connect ECONNREFUSED')
    if (how === 'hangs') await new Promise<never>(() => undefined)
  }
  const site = { time, target: { source: { metadata } } } as unknown as DrillSite
  const asking = whyAway(site, settings, { signal: new AbortController().signal })
  for (let n = 0; n < 200; n++) await time.pass(100)
  return { why: await asking, asked }
}

it('a source is away when as many questions fail as make a loss, and there when one is answered', async () => {
  expect(await askedOf([])).toEqual({ why: undefined, asked: 1 })
  expect(await askedOf(['refuses', 'hangs', 'answers'])).toEqual({ why: undefined, asked: 3 })
  expect(await askedOf(['refuses', 'refuses', 'refuses'])).toEqual({ why: 'it does not answer: connect ECONNREFUSED', asked: 3 }) // prettier-ignore
  expect(await askedOf(['hangs', 'hangs', 'hangs'])).toEqual({ why: 'it does not answer: no answer within 5000 ms', asked: 3 }) // prettier-ignore
})

it('a source was there at the cut when it took one of the last records of every partition, however late it said so', () => {
  expect(whyAwayAtCut(sourceLedger, 10_000)).toBe(undefined)
  const lost = (partition: number, n: number, at: number) =>
    send(partition, n, at, { kind: 'unknown', why: 'no answer' })
  const inFlight = [send(0, 11, 10_100, acknowledged(11_900, 11n)), lost(0, 12, 10_200), lost(0, 13, 10_300)]
  expect(whyAwayAtCut([...sourceLedger, ...inFlight], 10_400)).toBe(undefined)
  const none = [lost(1, 11, 10_100), lost(1, 12, 10_200), lost(1, 13, 10_300)]
  const ledger = [...sourceLedger, ...inFlight, ...none]
  expect(whyAwayAtCut(ledger, 10_400)).toContain("none of the canary's last records in partition 1")
  // What was tried after the loss was simulated says nothing.
  expect(whyAwayAtCut(ledger, 10_150)).toBe(undefined)
})
