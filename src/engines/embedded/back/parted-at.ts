import type { MirrorRecord } from '../../../links/records.ts'

/** Where a mirror was stopped, by partition: up to there both logs are the same. */
export function partedAt({ state }: MirrorRecord): readonly bigint[] {
  return state.state === 'STOPPED' ? state.ends : []
}
