import type { RunnerStanding } from '../../engines/running.ts'
import { jsonDocument } from '../json.ts'
import { type Page } from './http-endpoint.ts'

/** A standby that has not read the link's state for so long would not notice that it is to take over. */
const maxLookAgeMs = 10_000

/** `/healthz`: 200 for a leader that may append and reaches both clusters, and for a standby that watches; else 503, and why. */
export function healthPage(link: string, standing: RunnerStanding): Page {
  const why = reasonOf(standing)
  return {
    status: why === undefined ? 200 : 503,
    contentType: 'application/json; charset=utf-8',
    body: jsonDocument('georep.health/1', {
      link,
      role: standing.role,
      isHealthy: why === undefined,
      why: why ?? null,
    }),
  }
}

function reasonOf(standing: RunnerStanding): string | undefined {
  switch (standing.role) {
    case 'starting':
      return 'starting'
    case 'standby':
      return standing.lookedMsAgo <= maxLookAgeMs ? undefined : 'the state of the link cannot be read'
    case 'leader':
      if (standing.leaseAgeMs === undefined) return 'starting'
      if (!standing.isLeaseFresh) return 'the state of the link was not read and confirmed for too long'
      if (standing.isSourceUp === undefined) return 'starting: the source was not asked yet'
      if (standing.isSourceUp) return undefined
      return standing.sourceRefusal ?? 'the source does not answer'
  }
}
