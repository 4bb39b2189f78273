import type { DrillMode } from './scenario.ts'

const notExercised = {
  sandbox: '',
  forced: '',
  practice: 'simulated: region loss and detection not exercised; ',
  planned: 'planned: region loss and detection not exercised; ',
} as const satisfies Record<DrillMode, string>

/**
 * What an RTO of that mode does and does not say. Where the canary's clients were not started before steps had pointed clients at the destination, the
 * time that this takes is in it; what caches keep longer is not.
 */
export function rtoScope(mode: DrillMode, repointedBy: readonly string[]): string {
  if (repointedBy.length === 0) return `${notExercised[mode]}excluding client re-pointing`
  const steps = repointedBy.map((id) => `"${id}"`).join(', ')
  return `${notExercised[mode]}clients are re-pointed by ${repointedBy.length === 1 ? 'step' : 'steps'} ${steps}`
}
