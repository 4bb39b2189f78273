export interface MetricFamily {
  /** By Prometheus's rules; a counter's ends in `_total`. */
  readonly name: string
  readonly help: string
  readonly type: 'gauge' | 'counter'
  readonly samples: readonly MetricSample[]
}

export interface MetricSample {
  /** Names by Prometheus's rules; values may be any text. */
  readonly labels: Readonly<Record<string, string>>
  /** NaN for what is not known: a sample that is left out looks like one that was never there. */
  readonly value: number | bigint
}

/** The same name has one help wherever it is written: collectors refuse files that differ in it. */
export interface MetricName {
  readonly name: string
  readonly help: string
}

export function gauge({ name, help }: MetricName, samples: readonly MetricSample[]): MetricFamily {
  return { name, help, type: 'gauge', samples }
}

export function counter({ name, help }: MetricName, samples: readonly MetricSample[]): MetricFamily {
  return { name, help, type: 'counter', samples }
}

/** Without what the division by 1000 adds; NaN for what is not known. */
export function metricSeconds(ms: number | undefined): number {
  return ms === undefined ? Number.NaN : Number((ms / 1_000).toFixed(6))
}

/** What `prometheusText` writes. */
export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Prometheus's text format, version 0.0.4. A family without samples is left out. */
export function prometheusText(families: readonly MetricFamily[]): string {
  const lines: string[] = []
  // Families may share the labels of thousands of samples.
  const labelTexts = new Map<object, string>()
  for (const { name, help, type, samples } of families) {
    if (samples.length === 0) continue
    lines.push(`# HELP ${name} ${help.replace(/[\\\n]/g, escaped)}`, `# TYPE ${name} ${type}`)
    for (const { labels, value } of samples) {
      const text = labelTexts.get(labels) ?? labelText(labels)
      labelTexts.set(labels, text)
      lines.push(`${name}${text} ${valueText(value)}`)
    }
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escaped)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`
}

function valueText(value: number | bigint): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return value.toString()
}
