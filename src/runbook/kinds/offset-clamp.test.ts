import { expect, it } from 'vitest'
import { mirror, target } from '../../../test/support/links.ts'
import { siteFor, stepOf } from '../../../test/support/runbook-site.ts'
import type { LinkTarget } from '../../engines/engine.ts'
import type { ClampPlan } from '../../links/clamp.ts'
import type { Step } from '../step.ts'

const { signal } = new AbortController()
const orders = mirror('orders', { state: 'STOPPED', stoppedBy: 'failover' }, [[1n, 1n]]).record
const state = { glance: async () => { await Promise.resolve() }, mirrors: () => [orders] } as unknown as LinkTarget['state'] // prettier-ignore
const stays = { group: 'app', compared: 1, changes: [], blocker: undefined } as const

function clampOf(plan: Partial<ClampPlan>): Step {
  const whole = { groups: [stays], untold: undefined, lastTold: undefined, ...plan }
  const planClamp = async (): Promise<ClampPlan> => await Promise.resolve(whole)
  return stepOf('kind: offset.clamp', siteFor({ target: { ...target, state }, planClamp }))
}

it('is done where every commit is where it is to be, be that told by what was written down last', async () => {
  const done = { kind: 'done', what: '1 groups: every commit is where it is to be' }
  expect(await clampOf({}).observe({ signal })).toEqual(done)
  const lastTold = { why: 'the source does not answer', oldest: new Date(0) }
  expect(await clampOf({ lastTold }).observe({ signal })).toEqual(done)
})

it('is not known to be done where it is not known where groups stood on the source, as the verb ends with 4', async () => {
  const why = 'the source does not answer; the checkpoints of MirrorMaker are not known'
  const step = clampOf({ untold: why })
  expect(await step.observe({ signal })).toEqual({ kind: 'unknown', why: `1 groups: every commit lies in its log; where it stood on the source is not all known: ${why}` }) // prettier-ignore
  await expect(step.apply({ signal })).rejects.toMatchObject({ kind: 'unknown', code: 'GR-CLAMP-PLACES', message: expect.stringContaining(why) as string }) // prettier-ignore
})
