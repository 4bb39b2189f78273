import type { MetricName } from './prometheus.ts'

// Metrics that more than one command writes.

/** A runner tells of whole mirrors; what `georep lag` tells of has a partition, too. */
export const mirrorLagRecords: MetricName = {
  name: 'georep_mirror_lag_records',
  help: 'Records of the source that the mirror does not have yet; NaN when not known.',
}

export const mirrorLagSeconds: MetricName = {
  name: 'georep_mirror_lag_seconds',
  help: 'How long the mirror, or its partition, has been behind at the most; NaN when not known.',
}
