/** Topics and groups that a drill makes, and may remove. */
export function canaryNames(runId: string): {
  readonly topic: string
  /** By which the clocks of the clusters are read; there for a moment only. */
  readonly clock: string
  readonly group: string
  readonly sourceRun: string
  readonly destinationRun: string
} {
  return {
    topic: `georep-canary-${runId}`,
    clock: `georep-canary-clock-${runId}`,
    group: `georep-canary-app-${runId}`,
    sourceRun: `${runId}-source`,
    destinationRun: `${runId}-destination`,
  }
}
