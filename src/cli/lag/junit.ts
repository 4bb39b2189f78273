import { textFromDurationMs } from '../../core/duration.ts'
import { type JunitCase, junitText } from '../../report/junit.ts'
import type { GroupLagRow } from './group-rows.ts'
import type { LagRow, LagSeen } from './lag-seen.ts'
import { gatedLag, rowVerdict } from './limits.ts'
import { groupWhat, mirrorWhat } from './what.ts'

/**
 * The gate as a JUnit test suite: a case for each partition of a mirror and of a group, and for what could not be looked at. Over its limit is a failure, not
 * known an error; skipped is what has no limit, or is stopped.
 */
export function lagJunit({ observedAt, rows, groupRows, gate, groupEndIs }: LagSeen): string {
  const cases = [
    ...rows.map((row) => caseOf('georep.lag.mirror', mirrorWhat(row), row)),
    ...groupRows.map((row) => caseOf('georep.lag.group', groupWhat(row), row)),
  ]
  const isCase = new Set(cases.map(({ name }) => name))
  const others = (gate?.unknown ?? []).filter(({ what }) => !isCase.has(what))
  return junitText({
    name: 'georep lag',
    suite: 'georep.lag',
    durationMs: undefined,
    startedAt: observedAt.toISOString(),
    properties: [
      ['verdict', gate?.verdict ?? 'unknown'],
      ['sourceEndIs', 'highWatermark'],
      ['groupEndIs', groupEndIs],
    ],
    cases: [
      ...cases,
      ...others.map(({ what: name, why }): JunitCase => ({ classname: 'georep.lag', name, outcome: 'error', message: why })), // prettier-ignore
    ],
  })
}

function caseOf(classname: string, name: string, row: LagRow | GroupLagRow): JunitCase {
  const { limitMs, objective, lagMs, lag, status } = row
  const upTo = gatedLag(row).isUpperBound === true ? 'up to ' : ''
  if (status === 'STOPPED') return { classname, name, outcome: 'skipped', message: 'it is stopped' }
  if (limitMs === null) return { classname, name, outcome: 'skipped', message: 'no objective matches' }
  const verdict = rowVerdict(row, limitMs)
  const limit = `${objective ?? 'limit'}: ${textFromDurationMs(limitMs)}`
  if (verdict.kind === 'unknown') return { classname, name, outcome: 'error', message: `${verdict.why} (${limit})` }
  const message = `${upTo}${textFromDurationMs(lagMs ?? 0)} behind, ${upTo}${lag?.toString() ?? 'unknown'} records (${limit})`
  return { classname, name, outcome: verdict.kind === 'over' ? 'failure' : 'passed', message }
}
