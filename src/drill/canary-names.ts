/** Topics and groups that a drill makes, and may remove. */
export function canaryNames(runId: string): {
  readonly topic: string
  readonly group: string
  readonly sourceRun: string
  readonly destinationRun: string
} {
  return {
    topic: `georep-canary-${runId}`,
    group: `georep-canary-app-${runId}`,
    sourceRun: `${runId}-source`,
    destinationRun: `${runId}-destination`,
  }
}
