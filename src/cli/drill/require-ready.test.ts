import { expect, it } from 'vitest'
import { target } from '../../../test/support/links.ts'
import { embeddedEngine } from '../../engines/embedded/embedded-engine.ts'
import type { LinkView } from '../../engines/engine.ts'
import { requireReady } from './require-ready.ts'

const runner = { host: 'ops-1', pid: 1, since: '2026-01-01T00:00:00.000Z' }
const carried = { link: target.link, state: 'ACTIVE', runner, isSourceReachable: true, mirrors: [], unmirrored: [] } as const // prettier-ignore
const on = (seen: Partial<LinkView>) => (): void => {
  requireReady({ ...carried, ...seen }, embeddedEngine, { config: './eu.yaml' })
}

it('a drill begins where the source answers and a runner lives', () => {
  expect(on({})).not.toThrow()
})

it.each([
  ['a source that is away', { isSourceReachable: false }, 'refused', 'GR-DRILL-SOURCE', 'mirror failover --link east-west --all --dry-run'],
  ['a link that is paused', { link: { ...target.link, pausedAt: '2026-01-01T00:00:00.000Z' }, state: 'PAUSED' }, 'refused', 'GR-DRILL-PAUSED', 'link resume east-west'],
  ['no runner', { runner: undefined, state: 'NO_RUNNER' }, 'refused', 'GR-NO-RUNNER', 'link run east-west'],
  ['a runner of which nobody knows', { runner: undefined, state: undefined, runnerUnknown: 'no lock is renewed' }, 'unknown', 'GR-RUNNER-UNKNOWN', 'link describe east-west'],
] as const)('it does not with %s', (_what, seen, kind, code, next) => {
  const error = { kind, code, stateNow: 'nothing was changed', next: `georep --config ./eu.yaml ${next}` }
  expect(on(seen)).toThrow(expect.objectContaining(error) as Error)
}) // prettier-ignore
