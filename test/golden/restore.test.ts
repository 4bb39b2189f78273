import { it } from 'vitest'
import { jsonDocument } from '../../src/cli/json.ts'
import { renderRestorePlan, renderRestoreRows, restoreView } from '../../src/cli/mirror/restore-view.ts'
import { styleOf } from '../../src/cli/style.ts'
import { offset } from '../../src/core/offset.ts'
import type { LinkPair, RestoredTopic, RestorePlan, RestoreResult } from '../../src/engines/engine.ts'
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

const topic = (name: string, more: Partial<RestoredTopic> = {}): RestoredTopic => ({
  record: mirrorRecord({ sourceTopic: name, mirrorTopic: name, state: { state: 'STOPPED', stoppedBy: 'failover', at: at.toISOString(), ends: [120n, 80n], isFenced: true } }),
  existing: undefined,
  isDone: false,
  how: 'replace',
  partitions: [{ partition: 0, stoppedAt: offset(120n), oldEnd: offset(131n), promotedEnd: offset(151n) }, { partition: 1, stoppedAt: offset(80n), oldEnd: offset(80n), promotedEnd: offset(81n) }],
  lost: [{ partition: 0, from: 122n, to: 131n, gone: 2n }, { partition: 1, from: 80n, to: 80n, gone: 0n }],
  settings: [{ name: 'max.message.bytes', was: '1048588', value: '104857600' }],
  fence: undefined,
  blockers: [],
  ...more,
}) // prettier-ignore

const plan: RestorePlan = {
  missing: ['nowhere'],
  topics: [
    topic('orders'),
    topic('same', { how: 'goOn', lost: [], partitions: [{ partition: 0, stoppedAt: offset(5n), oldEnd: offset(5n), promotedEnd: offset(9n) }], settings: [] }),
    topic('begun', { how: 'finish', lost: [], partitions: [], settings: [] }),
    topic('read', { blockers: ['group "billing" is Stable'] }),
  ],
  groups: [{ group: 'billing', isActive: false, isCarried: true }],
  runner: undefined,
  isPaused: false,
  warnings: ['ACLs do not bind the super users of cluster "east"'],
} // prettier-ignore
const refused = (why: string): RestoreResult => ({ outcome: { kind: 'refused', why }, saved: [] })
const results = new Map([
  ['nowhere', refused('link "east-west" does not mirror it')],
  ['read', refused('group "billing" is Stable')],
])

it('mirror restore: before, and after', () => {
  const next = 'georep mirror restore orders --link east-west --salvage ./never-arrived --fence acl'
  const before = restoreView(pair, plan, {
    phase: 'planned',
    results,
    salvage: '/ops/never-arrived',
    history: 'full',
    next,
  })
  const clear: RestorePlan = { ...plan, missing: [], topics: [topic('same', { how: 'goOn', lost: [], settings: [] })], groups: [], runner: healthy.runner, warnings: [] } // prettier-ignore
  const carried = restoreView(pair, clear, {
    phase: 'planned',
    results: new Map(),
    salvage: null,
    history: 'delta',
    next,
  })
  expectGolden('mirror-restore-before.txt', [before, carried].map((one) => renderRestorePlan(one, style)).join('\n'))
  expectGolden('mirror-restore-json.txt', jsonDocument('georep.mirror-restore/1', before))
  const sha256 = 'e'.repeat(64)
  const done = new Map<string, RestoreResult>([
    ...results,
    ['orders', { outcome: { kind: 'applied' }, saved: [{ partition: 0, from: 122n, to: 133n, records: 9n, sha256 }, { partition: 1, from: 80n, to: 80n, records: 0n, sha256 }] }],
    ['same', { outcome: { kind: 'applied' }, saved: [] }],
    ['begun', { outcome: { kind: 'pending', why: 'topic "begun" is still there' }, saved: [] }],
  ]) // prettier-ignore
  const after = restoreView(pair, plan, {
    phase: 'done',
    results: done,
    salvage: '/ops/never-arrived',
    history: 'full',
    next,
  })
  expectGolden('mirror-restore-after.txt', renderRestoreRows(after.topics, style))
})
