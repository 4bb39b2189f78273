import { describe, expect, it } from 'vitest'
import { partitionKey } from '../../kafka/topic-partition.ts'
import type { ConnectorView, TaskView } from '../connect-view.ts'
import { type ConnectorsSeen, hindranceOf, linkStateOf, whyUntold } from './connectors-seen.ts'

const worker = 'w:8083'
const task = (id: number, state: TaskView['state'], why?: string): TaskView => ({ id, state, worker, why })
const connector = (role: ConnectorView['role'], state: ConnectorView['state'], tasks: readonly TaskView[] = []): ConnectorView => ({ role, name: role, state, worker, why: undefined, tasks }) // prettier-ignore

/** Partition 0 of orders is carried by task 0, partition 1 by task 1. */
function seen(
  source: ConnectorView,
  rest: readonly ConnectorView[] = [],
  assigned = [0, 1],
  topics?: string,
): ConnectorsSeen {
  const taskOf = new Map(assigned.map((partition) => [partitionKey({ topic: 'orders', partition }), partition]))
  return {
    version: '4.3.1',
    connectors: [source, ...rest],
    configs: topics === undefined ? {} : { source: { topics } },
    taskOf,
    next: new Map(),
  }
}

const orders = { link: 'east-west', mirrorTopic: 'orders', sourceTopic: 'orders', partitions: 2 }
const running = [task(0, 'RUNNING'), task(1, 'RUNNING')]
const silent = { why: 'no answer' }

describe('a mirror that its record calls ACTIVE', () => {
  it.each([
    ['is carried by tasks that run', seen(connector('source', 'RUNNING', running)), undefined],
    ['has FAILED with one of its tasks', seen(connector('source', 'RUNNING', [task(0, 'RUNNING'), task(1, 'FAILED', 'too large')])), { state: 'FAILED', reason: 'task 1 of connector "source" has FAILED: too large' }],
    ['has not FAILED with the task of others', seen(connector('source', 'RUNNING', [...running, task(2, 'FAILED')])), undefined],
    ['has FAILED with its connector', seen({ ...connector('source', 'FAILED'), why: 'no such host' }), { state: 'FAILED', reason: 'connector "source" has FAILED: no such host' }],
    ['has FAILED when the connector is gone', seen(connector('source', undefined)), { state: 'FAILED', reason: 'Kafka Connect has no connector "source": somebody has deleted it' }],
    ['is PAUSED', seen(connector('source', 'PAUSED', running)), { state: 'PAUSED' }],
    ['is PAUSED when it is stopped', seen(connector('source', 'STOPPED')), { state: 'PAUSED' }],
    ['waits for a worker', seen(connector('source', 'UNASSIGNED')), { state: 'PENDING', phase: 'connector "source" is UNASSIGNED' }],
    ['waits for its task', seen(connector('source', 'RUNNING', [task(0, 'RUNNING'), task(1, 'UNASSIGNED')])), { state: 'PENDING', phase: 'task 1 is UNASSIGNED' }],
    ['waits for a task that nobody tells of', seen(connector('source', 'RUNNING', [task(0, 'RUNNING')])), { state: 'PENDING', phase: 'its task has not begun' }],
    ['waits to be given to tasks', seen(connector('source', 'RUNNING', running), [], [0], '^orders$'), { state: 'PENDING', phase: 'no task is told to carry all of it' }],
    ['may be given to tasks by a pattern of others', seen(connector('source', 'RUNNING', running), [], [0], 'ord.*'), { state: 'PENDING', phase: 'no task is told to carry all of it' }],
    ['is not in the list that somebody has changed', seen(connector('source', 'RUNNING', running), [], [], '^payments$'), { state: 'PENDING', phase: 'connector "source" is not told to carry it, as somebody has changed its list of topics; what writes it anew: georep mirror resume orders --link east-west' }],
    ['is not known to be carried', silent, { state: 'PENDING', phase: 'Kafka Connect does not tell whether it is carried: no answer' }],
  ] as const)('%s', (_, found, expected) => {
    expect(hindranceOf(orders, found)).toEqual(expected)
  }) // prettier-ignore
})

it.each([
  ['is told', seen(connector('source', 'RUNNING', running)), undefined],
  ['is not known when the connector is gone: Connect keeps its places, and does not tell them', { ...seen(connector('source', undefined)), next: undefined }, 'Kafka Connect has no connector "source": somebody has deleted it'],
  ['is not known without an answer', silent, 'Kafka Connect does not tell how far it is: no answer'],
] as const)('how far a mirror is %s', (_, found, expected) => {
  expect(whyUntold(found)).toBe(expected)
}) // prettier-ignore

describe('the link', () => {
  const active = { state: { state: 'ACTIVE' } } as const
  const failed = { state: { state: 'FAILED', reason: '' } } as const
  const stopped = {
    state: { state: 'STOPPED', stoppedBy: 'failover', at: '2026-01-01T00:00:00Z', ends: [], isFenced: true },
  } as const
  const good = connector('source', 'RUNNING', running)
  it.each([
    ['ACTIVE', good, [], [active], true, null],
    ['ACTIVE', connector('source', 'RUNNING'), [], [], true, null],
    ['SOURCE_UNAVAILABLE', good, [], [active], false, null],
    ['DEGRADED', good, [connector('checkpoint', undefined)], [active], true, null],
    ['DEGRADED', good, [connector('heartbeat', 'RUNNING', [task(0, 'FAILED')])], [active], true, null],
    ['DEGRADED', good, [], [active, failed], true, null],
    ['FAILED', good, [], [failed], true, null],
    ['FAILED', connector('source', 'RUNNING', [task(0, 'FAILED')]), [], [], true, null],
    ['FAILED', connector('source', undefined), [], [], true, null],
    ['PAUSED', good, [], [active], true, '2026-01-01T00:00:00Z'],
    ['PAUSED', connector('source', 'STOPPED'), [], [active], true, null],
    ['NO_RUNNER', connector('source', 'UNASSIGNED'), [], [active], true, null],
    ['NO_RUNNER', connector('source', 'STOPPED'), [], [stopped], true, null],
    ['PAUSED', connector('source', 'STOPPED'), [], [stopped, active], true, null],
    ['PAUSED', connector('source', 'STOPPED'), [], [stopped], true, '2026-01-01T00:00:00Z'],
    ['PAUSED', connector('source', 'PAUSED'), [], [stopped], true, null],
    ['NO_RUNNER', connector('source', 'RUNNING', [task(0, 'UNASSIGNED')]), [], [active], true, null],
  ] as const)('is %s (%#)', (expected, source, rest, mirrors, isSourceReachable, pausedAt) => {
    expect(linkStateOf({ pausedAt }, seen(source, rest), mirrors, isSourceReachable)).toBe(expected)
  })

  it('is never ACTIVE when Kafka Connect does not answer', () => {
    expect(linkStateOf({ pausedAt: null }, silent, [active], true)).toBe('NO_RUNNER')
    expect(linkStateOf({ pausedAt: null }, silent, [], true)).toBe('NO_RUNNER')
  })
})
