import { expect, it } from 'vitest'
import { lagSeen, unreadSince } from '../../../test/support/lag-seen.ts'
import { at, mirror } from '../../../test/support/links.ts'
import { readPrometheusText } from '../../../test/support/prometheus-text.ts'
import { doubtOf, lossIfDoubted, lossOf } from '../../core/loss.ts'
import { styleOf } from '../style.ts'
import { lagRows, renderLag } from './lag-run.ts'
import { lagMetrics } from './prometheus.ts'

// Something else wrote to it: one partition ends where its source does, one before, one behind.
const failed = mirror('orders', { state: 'FAILED', reason: 'something else wrote to it' }, [[20n, 20n], [21n, 20n], [23n, 24n]]) // prettier-ignore
const seen = {
  ...failed,
  partitions: failed.partitions.map((one) => ({ ...one, loss: lossIfDoubted(lossOf(one.sourceEnd, one.mirrored), doubtOf(one.sourceEnd, one.mirrored, { hasFailed: true })) })), // prettier-ignore
}
const rows = lagRows([seen], at, new Map([[seen, new Map([['orders/1', new Map([[20n, unreadSince(7_000)]])]])]]))

it('the lag of a mirror that has FAILED is a lower bound, also where both logs end at the same offset', () => {
  const cells = renderLag(rows, styleOf({ hasColor: false })).split('\n').slice(1).map((line) => line.trim().split(/ {2,}/).slice(1)) // prettier-ignore
  expect(cells.filter((one) => one.length > 0)).toEqual([
    ['orders', '2', '23', '24', '-1', 'unknown', '-', 'now', 'AHEAD'],
    ['orders', '1', '21', '20', '>=1', '>=7.0', 'exact', 'now', 'FAILED'],
    ['orders', '0', '20', '20', '>=0', 'unknown', '-', 'now', 'FAILED'],
  ])
  expect(rows.map(({ lagKind, lagMs }) => [lagKind, lagMs])).toEqual([['atLeast', null], ['atLeast', 7_000], ['atLeast', null]]) // prettier-ignore
})

it('and in metrics it is not known: a bound would look like a figure', () => {
  const samples = readPrometheusText(lagMetrics({ ...lagSeen(), rows }))
  const valuesOf = (name: string): unknown => samples.get(name)?.samples.filter(({ labels }) => labels['topic'] === 'orders').map(({ value }) => value) // prettier-ignore
  expect(valuesOf('georep_mirror_lag_records')).toEqual([-1, NaN, NaN])
  expect(valuesOf('georep_mirror_lag_seconds')).toEqual([NaN, NaN, NaN])
  expect(samples.get('georep_lag_unknown')?.samples.find(({ labels }) => labels['of'] === 'mirror')?.value).toBe(3)
})
