import type { DrillView } from './drill-view.ts'
import type { Figure } from './figure-text.ts'
import { type MetricFamily, metricSeconds, prometheusText } from './prometheus.ts'
import type { ReportInput } from './report-input.ts'

const verdicts = ['pass', 'fail', 'unknown', 'splitBrain']

/**
 * The run for Prometheus, as a file for the text collector of a node exporter, or for a push gateway. What is not known is NaN. That there was never a
 * success is known, and is 0: an alert on the age of the last one then fires, which with NaN it never would.
 */
export function drillMetrics({ view, lastPassAt }: ReportInput): string {
  const labels = labelsOf(view)
  const gauge = (name: string, help: string, value: number): MetricFamily => ({
    name: `georep_drill_${name}`,
    help,
    type: 'gauge',
    samples: [{ labels, value }],
  })
  const { rto, rpo, endedAt, verdict } = view
  return prometheusText([
    gauge('rto_seconds', 'From the fault until writes and reads hold again.', seconds(rto.service)),
    gauge('rto_error_seconds', 'How far the true RTO may be from the one measured.', errorSeconds(rto.service)),
    gauge(
      'rpo_records',
      'Records that the source acknowledged and the destination does not have.',
      rpo.records.value ?? Number.NaN,
    ),
    gauge('rpo_seconds', 'Age of the oldest lost record.', seconds(rpo.ms)),
    gauge('end_timestamp_seconds', 'When the run ended.', timestamp(endedAt)),
    gauge(
      'last_success_timestamp_seconds',
      'When the last run of this scope and mode that passed ended; 0 when none ever did.',
      lastPassAt === undefined ? Number.NaN : lastPassAt === null ? 0 : timestamp(lastPassAt),
    ),
    {
      name: 'georep_drill_verdict',
      help: 'Of the run: 1 for the verdict that it came to, 0 for the others.',
      type: 'gauge',
      samples: [...new Set([...verdicts, verdict])].map((one) => ({
        labels: { ...labels, verdict: one },
        value: one === verdict ? 1 : 0,
      })),
    },
  ])
}

/** Not the id of the run: each would begin a series of its own. */
function labelsOf({ mode, scope, scenario, clusters }: DrillView): Readonly<Record<string, string>> {
  return {
    mode,
    ...(scenario === undefined ? {} : { scenario }),
    scope,
    source: clusters?.source.name ?? '',
    destination: clusters?.destination.name ?? '',
  }
}

function seconds({ value }: Figure): number {
  return metricSeconds(value ?? undefined)
}

function errorSeconds({ value, error }: Figure): number {
  return value === null ? Number.NaN : metricSeconds(error ?? 0)
}

/** NaN for what is no time. */
function timestamp(iso: string): number {
  return Date.parse(iso) / 1_000
}
