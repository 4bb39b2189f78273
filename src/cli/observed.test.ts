import { expect, it } from 'vitest'
import { healthy, link, mirror } from '../../test/support/links.ts'
import type { MirrorView } from '../engines/engine.ts'
import { isIncomplete, type Observed, warnOfUnknown } from './observed.ts'

const refusal = 'needs Describe on topic "secret" at cluster "east" for User:app'

function denied(topic: string): MirrorView {
  const view = mirror(topic, { state: 'ACTIVE' }, [[undefined, 3n], [undefined, 4n]], 'never') // prettier-ignore
  const partitions = view.partitions.map((one) => ({ ...one, loss: { kind: 'unknown', why: refusal } as const }))
  return { ...view, partitions }
}

function observedWith(...mirrors: readonly MirrorView[]): Observed {
  const view = { ...healthy, mirrors: [...healthy.mirrors, ...mirrors] }
  return { links: [{ kind: 'observed', link, view }], unasked: [] }
}

function warned(observed: Observed): readonly string[] {
  const lines: string[] = []
  const io = { err: (text: string) => lines.push(text) }
  warnOfUnknown(observed, { io } as unknown as Parameters<typeof warnOfUnknown>[1])
  return lines
}

it('a topic that is denied makes the answer incomplete, and is named once with the right that is missing', () => {
  expect(isIncomplete(observedWith(denied('secret')))).toBe(true)
  expect(warned(observedWith(denied('secret')))).toEqual([
    `warning: link "east-west": the lag of mirror "secret" is not known: ${refusal}\n`,
  ])
})

it('what nobody could ask is told by the state of the source, and of a stopped mirror nothing is missing', () => {
  const stale = mirror('stale', { state: 'SOURCE_UNAVAILABLE' }, [[undefined, 3n]], 'never')
  const stopped = mirror('stopped', { state: 'STOPPED', stoppedBy: 'failover' }, [[undefined, 3n]], 'never')
  const observed = observedWith(stale, { ...stopped, partitions: denied('stopped').partitions })
  expect(isIncomplete(observed)).toBe(false)
  expect(warned(observed)).toEqual([])
})

it('whether a runner lives that cannot show it is not known, which makes the answer incomplete', () => {
  const runnerUnknown = 'topic "__georep" on cluster "west" takes no writes'
  const view = { ...healthy, runner: undefined, state: undefined, runnerUnknown }
  const observed: Observed = { links: [{ kind: 'observed', link, view }], unasked: [] }
  expect(isIncomplete(observed)).toBe(true)
  expect(warned(observed)).toEqual([
    `warning: link "east-west": whether it has a runner is not known: ${runnerUnknown}\n`,
  ])
})

it('of very many, the rest are counted', () => {
  const lines = warned(observedWith(...Array.from({ length: 50 }, (_, index) => denied(`topic-${index.toString()}`))))
  expect(lines).toHaveLength(21)
  expect(lines.at(-1)).toBe('warning: and of 30 more mirrors, all of which -o json tells with the reason\n')
})
