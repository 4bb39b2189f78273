import { expect, it } from 'vitest'
import { fakeTime } from '../../test/support/fake-time.ts'
import { target } from '../../test/support/links.ts'
import type { CanaryWriter } from './canary-writer.ts'
import type { GroupReader } from './group-reader.ts'
import { staysSteady } from './mirrored.ts'
import type { DrillSettings, DrillSite } from './site.ts'

it('a source that was well, and goes away by itself before the fault, is no steady state', async () => {
  const time = fakeTime()
  const acknowledged = [0, 1, 2].map((partition) => ({
    ...{ partition, seq: 0, scheduledAt: 0, sentAt: 0 },
    outcome: { kind: 'ok' as const, offset: 5n, acknowledgedAt: 1_500 },
  }))
  const writer = { ledger: () => acknowledged } as unknown as CanaryWriter
  const reader = { reads: () => [0, 1, 2].map((partition) => ({ partition, readAt: 1_500 })) } as unknown as GroupReader
  const settings = { runId: 'r', partitions: 3, canaryEveryMs: 100, steadyMs: 3_000 } as DrillSettings
  // Nothing else is asked before the canary is.
  const site = { time, target, lookAt: 'georep --config ./eu.yaml link describe east-west' } as unknown as DrillSite
  let ended: unknown
  const staying = staysSteady(site, settings, { writer, reader, isPartLost: false }, { signal: new AbortController().signal }).then(
    () => (ended = 'steady'),
    (error: unknown) => (ended = error),
  ) // prettier-ignore
  await time.pass(3_000)
  for (let tried = 0; tried < 1_000 && ended === undefined; tried++) await time.pass(100)
  await staying
  expect(ended).toMatchObject({
    code: 'GR-DRILL-NOT-STEADY',
    message: 'the drill did not reach a steady state: the canary is not acknowledged on every partition',
    stateNow: 'no fault was injected',
    next: 'georep --config ./eu.yaml link describe east-west',
  })
})
