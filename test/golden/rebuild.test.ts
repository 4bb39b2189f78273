import { it } from 'vitest'
import { jsonDocument } from '../../src/cli/json.ts'
import { rebuildView, renderRebuildPlan, renderRebuildRows } from '../../src/cli/mirror/rebuild-view.ts'
import { styleOf } from '../../src/cli/style.ts'
import type { RebuildPlan, RebuildResult, RebuiltTopic } from '../../src/engines/engine.ts'
import { healthy, target } from '../support/links.ts'
import { mirrorRecord } from '../support/mirror.ts'
import { expectGolden } from './golden.ts'

const style = styleOf({ hasColor: false })
const configs = { copied: new Map(), overridden: new Map(), deferred: new Map(), skipped: new Map() }
const made = { sourceTopicId: 'a'.repeat(32), partitions: 2, replicationFactor: 3, recordsToCopy: 205n, configs }

const topic = (name: string, more: Partial<RebuiltTopic> = {}): RebuiltTopic => ({
  record: mirrorRecord({ sourceTopic: name, mirrorTopic: name }),
  state: 'FAILED',
  failure: 'source offset 120 came to stand at 123: something else wrote to the mirror topic',
  how: 'replace',
  partitions: [
    { partition: 0, mirror: { start: 0n, end: 124n }, source: { start: 10n, end: 125n }, stretches: [{ from: 0n, to: 10n }, { from: 120n, to: 124n }] },
    { partition: 1, mirror: { start: 0n, end: 80n }, source: { start: 0n, end: 80n }, stretches: [] },
  ],
  groups: [{ group: 'billing', isActive: false, isCarried: true }, { group: 'audit', isActive: false, isCarried: false }],
  made,
  ownConfigs: new Map([['retention.ms', '604800000']]),
  blockers: [],
  ...more,
}) // prettier-ignore

const nothing: Partial<RebuiltTopic> = { partitions: [], groups: [], ownConfigs: new Map() }
const gone = 'the mirror topic "gone" is gone'
const plan: RebuildPlan = {
  missing: ['nowhere'],
  topics: [
    topic('orders'),
    topic('gone', { ...nothing, failure: gone, how: 'make' }),
    topic('held', { ...nothing, state: 'PAUSED', failure: undefined, partitions: [{ partition: 0, mirror: { start: 0n, end: 5n }, source: { start: 0n, end: 9n }, stretches: [] }] }),
    topic('read', { blockers: ['group "billing" is Stable on "west"'] }),
    topic('stopped', { ...nothing, state: 'STOPPED', failure: undefined, how: undefined, made: undefined, blockers: ['it is STOPPED'] }),
  ],
  runner: undefined,
  isPaused: false,
  warnings: ['what group "hidden" has committed is not known'],
} // prettier-ignore

const refused = (why: string): RebuildResult => ({ outcome: { kind: 'refused', why }, saved: [] })
const results = new Map([
  ['nowhere', refused('link "east-west" does not mirror it')],
  ['read', refused('group "billing" is Stable on "west"')],
  ['stopped', refused('it is STOPPED')],
])

it('mirror rebuild: before, and after', () => {
  const next = 'georep mirror rebuild orders --link east-west --salvage ./foreign'
  const rest = { next, salvage: '/ops/foreign', isDiscarding: false }
  const before = rebuildView(target, plan, { ...rest, phase: 'planned', results })
  const clear: RebuildPlan = { ...plan, missing: [], topics: [topic('orders')], runner: healthy.runner, warnings: [] }
  const discarding = rebuildView(target, clear, { next, phase: 'planned', results: new Map(), salvage: null, isDiscarding: true }) // prettier-ignore
  expectGolden('mirror-rebuild-before.txt', [before, discarding].map((one) => renderRebuildPlan(one, style)).join('\n'))
  expectGolden('mirror-rebuild-json.txt', jsonDocument('georep.mirror-rebuild/1', before))
  const sha256 = 'e'.repeat(64)
  const done = new Map<string, RebuildResult>([
    ...results,
    ['orders', { outcome: { kind: 'applied' }, saved: [{ partition: 0, from: 0n, to: 124n, records: 12n, sha256 }, { partition: 1, from: 80n, to: 80n, records: 0n, sha256 }] }],
    ['gone', { outcome: { kind: 'applied' }, saved: [] }],
    ['held', { outcome: { kind: 'pending', why: 'the runner of link "east-west" has not let go of mirror "held"' }, saved: [] }],
  ]) // prettier-ignore
  const after = rebuildView(target, plan, { ...rest, phase: 'done', results: done })
  expectGolden('mirror-rebuild-after.txt', renderRebuildRows(after.topics, style))
})
