import { expect, it } from 'vitest'
import { leaderStanding } from '../../../test/support/standing.ts'
import type { RunnerStanding } from '../../engines/running.ts'
import { healthPage } from './health.ts'

const holder = { user: 'ops', host: 'host-1', pid: 42 }

it.each<[string, number, RunnerStanding, string | null]>([
  ['starting', 503, { role: 'starting' }, 'starting'],
  ['standby', 200, { role: 'standby', holder, lookedMsAgo: 200 }, null],
  ['standby', 503, { role: 'standby', holder, lookedMsAgo: 10_001 }, 'the state of the link cannot be read'],
  ['leader', 200, leaderStanding(), null],
  ['leader', 503, leaderStanding({ leaseAgeMs: undefined, isLeaseFresh: false }), 'starting'],
  ['leader', 503, leaderStanding({ isLeaseFresh: false }), 'the state of the link was not read and confirmed for too long'],
  ['leader', 503, leaderStanding({ isSourceUp: undefined }), 'starting: the source was not asked yet'],
  ['leader', 503, leaderStanding({ isSourceUp: false }), 'the source does not answer'],
  ['leader', 503, leaderStanding({ isSourceUp: false, sourceRefusal: 'cluster "east" refused the credentials' }), 'cluster "east" refused the credentials'], // prettier-ignore
])('%s: %d', (role, status, standing, why) => {
  const page = healthPage('east-west', standing)
  expect(page.status).toBe(status)
  expect(page.contentType).toMatch(/^application\/json/)
  expect(JSON.parse(page.body)).toEqual({
    schema: 'georep.health/1',
    data: { link: 'east-west', role, isHealthy: status === 200, why },
  })
}) // prettier-ignore
