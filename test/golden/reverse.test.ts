import { expect, it } from 'vitest'
import { jsonDocument } from '../../src/cli/json.ts'
import { renderReversePlan, renderReverseRows, reverseView } from '../../src/cli/mirror/reverse-view.ts'
import { styleOf } from '../../src/cli/style.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import { offset } from '../../src/core/offset.ts'
import type { LinkPair, ReversedTopic, ReversePlan } from '../../src/engines/engine.ts'
import { LinkState } from '../../src/links/state.ts'
import { at, healthy, link, target } from '../support/links.ts'
import { mirrorRecord } from '../support/mirror.ts'
import { expectGolden } from './golden.ts'

const { source, destination } = target
const back = { ...link, name: 'west-east', source: link.destination, destination: link.source }
const pair: LinkPair = {
  from: target,
  onto: { link: back, source: destination, destination: source, state: new LinkState(source) },
}
const style = styleOf({ hasColor: false })

const topic = (name: string, more: Partial<ReversedTopic> = {}): ReversedTopic => ({
  record: mirrorRecord({ sourceTopic: name, mirrorTopic: name, state: { state: 'STOPPED', stoppedBy: 'promote', at: at.toISOString(), ends: [120n], isFenced: true } }),
  existing: undefined,
  isDone: false,
  partitions: [{ partition: 0, stoppedAt: offset(120n), oldEnd: offset(120n), promotedEnd: offset(151n) }],
  settings: [{ name: 'max.message.bytes', was: '1048588', value: '104857600' }, { name: 'message.timestamp.before.max.ms', was: null, value: '9223372036854775807' }],
  fence: undefined,
  blockers: [],
  ...more,
}) // prettier-ignore

const plan: ReversePlan = {
  missing: ['nowhere'],
  topics: [
    topic('orders', { fence: 'acl' }),
    topic('payments', { fence: 'hook' }),
    topic('parted', { blockers: ['the logs have parted'], partitions: [{ partition: 0, stoppedAt: offset(5n), oldEnd: offset(9n), promotedEnd: undefined }] }),
    topic('carried', { isDone: true, partitions: [], settings: [] }),
  ],
  groups: [{ group: 'billing', isActive: true, isCarried: true }, { group: 'audit', isActive: false, isCarried: false }],
  runner: undefined,
  isPaused: false,
} // prettier-ignore
const outcomes = new Map<string, Outcome>([
  ['parted', { kind: 'refused', why: 'the logs have parted' }],
  ['carried', { kind: 'unchanged', why: 'link "west-east" carries it back already' }],
  ['nowhere', { kind: 'refused', why: 'link "east-west" does not mirror it' }],
])

it('mirror reverse: before, and after', () => {
  const next = 'georep mirror reverse orders --link east-west'
  const before = reverseView(pair, plan, { phase: 'planned', outcomes, next })
  const clear: ReversePlan = { ...plan, missing: [], topics: [topic('orders')], groups: [], runner: healthy.runner }
  const carried = reverseView(pair, clear, { phase: 'planned', outcomes: new Map(), next })
  expectGolden('mirror-reverse-before.txt', [before, carried].map((one) => renderReversePlan(one, style)).join('\n'))
  const kept = { ...pair, onto: { ...pair.onto, link: { ...back, protect: { principal: 'User:runner' } } } }
  const { warnings } = reverseView(kept, clear, { phase: 'planned', outcomes: new Map(), next })
  expect(warnings).toEqual(['producers may write to "orders" on "east" from then on until the runner of link "west-east" denies it to them (--protect acl), some seconds later: have them stopped for so long; what one writes there stops the mirror']) // prettier-ignore
  expectGolden('mirror-reverse-json.txt', jsonDocument('georep.mirror-reverse/1', before))
  const done = new Map<string, Outcome>([...outcomes, ['orders', { kind: 'applied' }], ['payments', { kind: 'failed', why: 'partition 0 was written to meanwhile' }]]) // prettier-ignore
  const after = reverseView(pair, plan, { phase: 'done', outcomes: done, next })
  expectGolden('mirror-reverse-after.txt', renderReverseRows(after.topics, style))
})
