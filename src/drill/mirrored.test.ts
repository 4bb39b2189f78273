import { expect, it } from 'vitest'
import { fakeTime } from '../../test/support/fake-time.ts'
import { target } from '../../test/support/links.ts'
import type { CanaryWriter } from './canary-writer.ts'
import type { GroupReader } from './group-reader.ts'
import { staysSteady, untilSteady } from './mirrored.ts'
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

it.each([
  { copiedAfterMs: 70_000, ended: 'steady' },
  { copiedAfterMs: Infinity, ended: { code: 'GR-DRILL-NOT-STEADY', message: "the drill did not reach a steady state: the group's offsets are not copied to the destination, where what carries the link is to copy them every 1m00s" } }, // prettier-ignore
])(
  'group offsets are waited for by how often they are copied: after $copiedAfterMs ms',
  async ({ copiedAfterMs, ...expected }) => {
    const time = fakeTime()
    const since = time.monotonic()
    const partitions = [0, 1, 2]
    const acknowledged = partitions.map((partition) => ({ partition, outcome: { kind: 'ok' as const, offset: 5n, acknowledgedAt: 1_500 } })) // prettier-ignore
    const clients = {
      writer: { ledger: () => acknowledged } as unknown as CanaryWriter,
      reader: { reads: () => partitions.map((partition) => ({ partition, readAt: 1_500 })) } as unknown as GroupReader,
      ...{ sinceMs: -Infinity, isPartLost: false },
    }
    const topic = 'georep-canary-r'
    const led = partitions.map((partition) => ({ partition, leader: 1, leaderEpoch: 0, error: 0 }))
    const destination = {
      name: 'west',
      metadata: () =>
        Promise.resolve({ topics: new Map([[topic, { name: topic, error: 0, partitions: led }]]), denied: new Map() }),
      sendTo: () => Promise.resolve({ topics: [{ name: topic, partitions: partitions.map((partition) => ({ partition, error: 0, offset: 9n })) }] }), // prettier-ignore
    }
    const site = {
      ...{ time, target: { ...target, destination }, groupsEveryMs: 60_000, lookAt: 'georep link describe east-west' },
      engine: { capabilities: { offsetMapping: 'identical' } },
      committedOnDestination: () => Promise.resolve(new Map(time.monotonic() - since < copiedAfterMs ? [] : partitions.map((partition) => [partition, 5n]))), // prettier-ignore
    } as unknown as DrillSite
    const settings = { runId: 'r', partitions: 3, canaryEveryMs: 100 } as DrillSettings
    let ended: unknown
    const waiting = untilSteady(site, settings, clients, { signal: new AbortController().signal }).then(
    () => (ended = 'steady'),
    (error: unknown) => (ended = error),
  ) // prettier-ignore
    for (let tried = 0; tried < 2_000 && ended === undefined; tried++) await time.pass(100)
    await waiting
    expect({ ended }).toMatchObject(expected)
  },
)
