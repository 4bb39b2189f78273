import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { type Line, readJournal } from '../../../src/runbook/journal-line.ts'
import { expectFigures, type Figure } from '../../support/figures.ts'
import type { SeenCanary } from './canary-on.ts'
import type { DrillPrinted } from './drill-printed.ts'
import type { GeorepProcess } from './georep-process.ts'

// A drill whose response are the steps of a runbook, as it is printed, held to what others say: kafkajs, and the journal of the steps.

export interface ByRunbook extends DrillPrinted {
  readonly data: DrillPrinted['data'] & {
    readonly scenario: string
    readonly findings: readonly unknown[]
    readonly mode: string
    readonly rto: { readonly humanMs: Figure; readonly withoutHumanMs: Figure; readonly scope: string }
    readonly runbook: { readonly name: string; readonly hash: string; readonly run: string; readonly journal: string }
    readonly steps: readonly { readonly id: string; readonly does: string; readonly outcome: string | null }[]
    readonly approvals: readonly { readonly step: string }[]
  }
}

/** What becomes of the steps of region-loss: a source that does not answer cannot be fenced, and is not waited for. */
export const stepsOfRegionLoss = [
  { id: 'permitted', outcome: 'ok' },
  { id: 'fence', outcome: 'unknown' },
  { id: 'failover', outcome: 'ok' },
  { id: 'offsets' },
  { id: 'readable', outcome: 'ok' },
  { id: 'unfence', outcome: null },
] as const

export async function endOf(
  drill: GeorepProcess,
): Promise<{ readonly code: number | null; readonly err: string } & ByRunbook> {
  const { code, out, err } = await drill.ended
  const printed = JSON.parse(out) as ByRunbook
  expect({ schema: printed.schema, err }).toMatchObject({ schema: 'georep.run/1' })
  expectFigures(printed.data)
  return { code, err, ...printed }
}

/** By another count: what was acknowledged and did not arrive. */
export function expectCounted({ ledger, rpo }: ByRunbook['data'], arrived: readonly SeenCanary[]): void {
  const found = new Set(arrived.map(({ partition, seq }) => `${partition}/${seq}`))
  const acknowledged = ledger.source.filter(([, , , outcome]) => outcome === 'ok')
  const absent = acknowledged.filter(([partition, seq]) => !found.has(`${partition}/${seq}`))
  expect(rpo.records.value).toBe(absent.length)
  expect(found.size).toBeGreaterThan(10)
}

export function journalLines(file: string): readonly Line[] {
  try {
    const { lines: found, brokenAt } = readJournal(readFileSync(file))
    expect(brokenAt).toBeUndefined()
    return found
  } catch (error) {
    if (error instanceof Error && 'code' in error) return []
    throw error
  }
}

export function linesOf({ runbook }: ByRunbook['data']): readonly Line[] {
  return journalLines(runbook.journal)
}

export function monoMs(line: Line | undefined): number {
  return Number(line?.monoNs) / 1e6
}

/** The marks lie where the journal has the steps: told by one clock, whose zero is that of t4, the intent of the step that opens the mirrors. */
export function expectByJournal(data: ByRunbook['data'], opens: string): void {
  const all = linesOf(data)
  const first = (step: string | null, phase: Line['phase']): number => monoMs(all.find((line) => line.step === step && line.phase === phase)) // prettier-ignore
  const t4 = first(opens, 'intent')
  const at = (mark: string): number => t4 + (data.marks[mark]?.value ?? NaN) - (data.marks['t4']?.value ?? NaN)
  const opened = first(opens, 'result')
  expect(all[0]).toMatchObject({ phase: 'note', run: data.id, facts: { event: 'begun', hash: data.runbook.hash, drill: { mode: data.mode } } }) // prettier-ignore
  expect(at('t5')).toBeGreaterThan(t4)
  expect(at('t5')).toBeLessThan(opened)
  // Applications are started when all steps are through.
  expect(at('t6')).toBeGreaterThan(monoMs(all.at(-1)))
  expect(all.at(-1)?.facts).toMatchObject({ event: 'ended', isOver: true })
  if (data.marks['t2']?.value !== null) expect(at('t2')).toBeLessThan(monoMs(all[0]))
  const outcomes = data.steps.map(({ id, outcome }) => [id, outcome])
  expect(outcomes).toEqual(data.steps.map(({ id }) => [id, all.findLast(({ step }) => step === id)?.outcome ?? null]))
}
