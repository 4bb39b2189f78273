import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lagSeen, lagSeenOfDeadSource, oddGroup } from '../../../test/support/lag-seen.ts'
import { at, link } from '../../../test/support/links.ts'
import { readPrometheusText, type ReadSample } from '../../../test/support/prometheus-text.ts'
import { leaderStanding } from '../../../test/support/standing.ts'
import { metricsPage } from '../link/metrics.ts'
import type { LagSeen } from './lag-seen.ts'
import { lagDownMetrics, lagMetrics } from './prometheus.ts'

function samplesOf(text: string, name: string): readonly ReadSample[] {
  return readPrometheusText(text).get(name)?.samples ?? []
}

function valueOf(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const found = samplesOf(text, name).filter((one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value)) // prettier-ignore
  expect(found.length, `${name} ${JSON.stringify(labels)}`).toBeLessThan(2)
  return found[0]?.value
}

const ofGroup = (group: string): Readonly<Record<string, string>> => ({ group })

describe('metrics of lag', () => {
  const text = lagMetrics(lagSeen())

  it('have the names that dashboards know, for each partition of mirrors and of groups', () => {
    const labels = { cluster_name: 'east', group: 'slow', topic: 'orders', partition: '1', link: 'east-west' }
    expect(samplesOf(text, 'kafka_consumergroup_group_lag')).toContainEqual({ labels, value: 8 })
    expect(samplesOf(text, 'kafka_consumergroup_group_lag_seconds')).toContainEqual({ labels, value: 20 })
    const mirror = { link: 'east-west', topic: 'orders', partition: '1' }
    expect(samplesOf(text, 'georep_mirror_lag_records')).toContainEqual({ labels: mirror, value: 18 })
    expect(samplesOf(text, 'georep_mirror_lag_seconds')).toContainEqual({ labels: mirror, value: 7 })
    expect(valueOf(text, 'georep_mirror_lag_seconds', { topic: 'orders', partition: '0' })).toBe(0)
    // A stopped mirror has no lag.
    expect(samplesOf(text, 'georep_mirror_lag_records').map((one) => one.labels['topic'])).not.toContain('old')
  })

  it('are NaN where a figure is not known, or is not to be trusted, and never 0', () => {
    expect(valueOf(text, 'kafka_consumergroup_group_lag', ofGroup('none'))).toBeNaN()
    expect(valueOf(text, 'kafka_consumergroup_group_lag_seconds', ofGroup('none'))).toBeNaN()
    expect(valueOf(text, 'kafka_consumergroup_group_lag', ofGroup('ahead'))).toBe(-2)
    expect(valueOf(text, 'kafka_consumergroup_group_lag_seconds', ofGroup('ahead'))).toBeNaN()
    expect(valueOf(text, 'kafka_consumergroup_group_lag', ofGroup(oddGroup))).toBe(1)
    expect(valueOf(text, 'kafka_consumergroup_group_lag_seconds', ofGroup(oddGroup))).toBeNaN() // of the future
    expect(valueOf(text, 'kafka_consumergroup_group_lag_seconds', ofGroup('done'))).toBe(0)
    // none, ahead, the odd one, and the group that could not be asked
    expect(valueOf(text, 'georep_lag_unknown', { of: 'group' })).toBe(4)
    expect(valueOf(text, 'georep_lag_unknown', { of: 'mirror' })).toBe(0)
    expect(valueOf(text, 'georep_lag_partitions', { of: 'group', status: 'LOST' })).toBe(1)
  })

  it('of a dead source are NaN: the last that was known looks fresh to whoever scrapes it', () => {
    const dead = lagMetrics(lagSeenOfDeadSource())
    expect(valueOf(dead, 'georep_lag_source_up')).toBe(0)
    expect(valueOf(text, 'georep_lag_source_up')).toBe(1)
    for (const name of ['georep_mirror_lag_records', 'georep_mirror_lag_seconds', 'kafka_consumergroup_group_lag']) {
      expect(samplesOf(dead, name).length).toBeGreaterThan(0)
      for (const { value } of samplesOf(dead, name)) expect(value).toBeNaN()
    }
    expect(valueOf(dead, 'georep_lag_unknown', { of: 'mirror' })).toBe(samplesOf(dead, 'georep_mirror_lag_records').length) // prettier-ignore
  })

  it('count upper bounds, and tell them', () => {
    const seen = lagSeen()
    const late = lagMetrics({ ...seen, rows: seen.rows.map((row) => (row.topic === 'payments' ? { ...row, lagKind: 'atMost' } : row)) }) // prettier-ignore
    expect(valueOf(text, 'georep_lag_upper_bound')).toBe(0)
    expect(valueOf(late, 'georep_lag_upper_bound')).toBe(1)
    expect(valueOf(late, 'georep_lag_unknown', { of: 'mirror' })).toBe(0)
    expect(valueOf(late, 'georep_mirror_lag_seconds', { topic: 'payments' })).toBe(7)
  })

  it('say when it was looked, and up to which end', () => {
    expect(valueOf(text, 'georep_lag_up')).toBe(1)
    expect(valueOf(text, 'georep_lag_last_look_timestamp_seconds')).toBe(at.getTime() / 1_000)
    const stable = lagMetrics({ ...lagSeen(), groupEndIs: 'lastStableOffset' })
    expect(valueOf(stable, 'georep_lag_end_info', { of: 'group' })).toBe(1)
    expect(samplesOf(stable, 'georep_lag_end_info').map((one) => one.labels['end'])).toEqual(['highWatermark', 'lastStableOffset']) // prettier-ignore
  })

  it('where nothing could be seen are that alone', () => {
    const unasked = [{ cluster: 'west', why: 'cluster "west" does not answer' }]
    const nothing: LagSeen = { ...lagSeen(), observed: { links: [], unasked }, rows: [], groupRows: [], groups: [] }
    for (const text of [lagDownMetrics(at), lagMetrics(nothing)]) {
      const down = readPrometheusText(text)
      expect([...down.keys()]).toEqual(['georep_lag_up', 'georep_lag_last_look_timestamp_seconds'])
      expect(down.get('georep_lag_up')?.samples).toEqual([{ labels: {}, value: 0 }])
    }
    // There is no link, and that was told.
    expect(valueOf(lagMetrics({ ...nothing, observed: { links: [], unasked: [] } }), 'georep_lag_up')).toBe(1)
  })

  it('count a link that could not be looked at as unknown, and never as one with nothing unknown', () => {
    const links = [...lagSeen().observed.links, { kind: 'unknown', link: { ...link, name: 'north-west' }, why: 'cluster "north" does not answer' } as const] // prettier-ignore
    const partly = lagMetrics({ ...lagSeen(), observed: { links, unasked: [] } })
    expect(samplesOf(partly, 'georep_lag_unknown').filter(({ labels }) => labels['link'] === 'north-west')).toEqual([
      { labels: { link: 'north-west', of: 'link' }, value: 1 },
    ])
    expect(valueOf(partly, 'georep_lag_source_up', { link: 'north-west' })).toBe(0)
    expect(valueOf(partly, 'georep_lag_up')).toBe(1)
  })
})

describe('all metrics that georep writes', () => {
  const expected = join(import.meta.dirname, '../../../test/golden/expected')
  const reports = readdirSync(expected).filter((name) => name.endsWith('.prom'))
  const ofRunner = metricsPage('1.2.3', { link: 'a-b', source: 'a', destination: 'b' }, leaderStanding()).body

  it('are taken by a strict reader', () => {
    expect(readPrometheusText(ofRunner).size).toBeGreaterThan(15)
    expect(reports.length).toBeGreaterThan(3)
    for (const name of reports) expect(readPrometheusText(readFileSync(join(expected, name), 'utf8')).size).toBeGreaterThan(5)
  }) // prettier-ignore

  it('have one help and type a name, or collectors refuse the second of them', () => {
    const [lag, runner] = [readPrometheusText(lagMetrics(lagSeen())), readPrometheusText(ofRunner)]
    const both = [...lag].filter(([name]) => runner.has(name))
    expect(both.map(([name]) => name)).toEqual(['georep_mirror_lag_records', 'georep_mirror_lag_seconds'])
    for (const [name, { help, type }] of both) expect(runner.get(name)).toMatchObject({ help, type })
  })

  it('and the reader is strict', () => {
    const head = '# HELP a_b h\n# TYPE a_b gauge\n'
    expect(readPrometheusText(`${head}a_b{x="\\"\\\\\\n"} 1\n`).get('a_b')?.samples[0]?.labels).toEqual({ x: '"\\\n' })
    for (const wrong of [
      'a_b 1\n',
      `${head}a_b 1`,
      `${head}a_b 1 1767323045000\n`,
      `${head}a_b 1\na_b 2\n`,
      `${head}a_b{x="1",x="2"} 1\n`,
      `${head}a_b{x="\\t"} 1\n`,
      `${head}a_b{x="1} 1\n`,
      `${head}a_b unknown\n`,
      `${head}a_c 1\n`,
      head,
      `${head}a_b 1\n\n`,
      `${head}a_b 1\n${head}a_b{x="1"} 1\n`,
      '# HELP a_total h\n# TYPE a_total gauge\na_total 1\n',
    ]) {
      expect(() => readPrometheusText(wrong), wrong).toThrow()
    }
  })
})
