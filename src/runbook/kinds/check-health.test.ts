import { expect, it } from 'vitest'
import { siteFor, stepOf } from '../../../test/support/runbook-site.ts'
import { target } from '../../../test/support/links.ts'
import { embeddedEngine } from '../../engines/embedded/embedded-engine.ts'
import type { LinkView } from '../../engines/engine.ts'
import type { Observation } from '../step.ts'

const { signal } = new AbortController()
const runner = { host: 'ops-1', pid: 1, since: '2026-01-01T00:00:00.000Z' }
const every = 'ACTIVE, PAUSED, NO_RUNNER, SOURCE_UNAVAILABLE, DEGRADED, FAILED'

async function look(states: string, seen: Partial<LinkView>): Promise<Observation> {
  const view = { link: target.link, state: 'ACTIVE', runner, isSourceReachable: true, mirrors: [], unmirrored: [], ...seen } as const // prettier-ignore
  const engine = { ...embeddedEngine, observe: async () => await Promise.resolve(view) }
  return await stepOf(`kind: check.health, states: [${states}]`, siteFor({ engine })).observe({ signal })
}

it('a link is healthy in one of the states, and in no other', async () => {
  expect(await look('ACTIVE', {})).toEqual({ kind: 'done', what: 'the link is ACTIVE, its source answers, runner on ops-1' }) // prettier-ignore
  const gone = { state: 'NO_RUNNER', runner: undefined } as const
  expect(await look('ACTIVE', gone)).toEqual({ kind: 'blocked', why: 'the link is NO_RUNNER, its source answers, no runner' }) // prettier-ignore
  expect(await look('ACTIVE, NO_RUNNER', gone)).toMatchObject({ kind: 'done' })
})

it('where it is not known whether a runner lives the link is in no state, whichever are asked for', async () => {
  const runnerUnknown = 'topic "__georep" on cluster "west" has 1 of 3 replicas in sync'
  const unknown = { state: undefined, runner: undefined, runnerUnknown }
  expect(await look(every, unknown)).toEqual({ kind: 'unknown', why: `whether link "east-west" has a runner is not known: ${runnerUnknown}` }) // prettier-ignore
})
