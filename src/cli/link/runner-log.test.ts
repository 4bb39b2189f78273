import { expect, it } from 'vitest'
import type { RunnerEvent } from '../../engines/running.ts'
import { logTo, runnerLog, type LogFormat } from './runner-log.ts'

function log(format: LogFormat = 'text'): {
  lines: string[]
  pass: (ms: number) => void
  tell: (event: RunnerEvent) => void
} {
  const lines: string[] = []
  let ms = 0
  const time = { now: () => new Date(Date.UTC(2026, 0, 2) + ms), monotonic: () => ms }
  const write = logTo((text) => lines.push(text.replace(/\n$/, '')), { format, link: 'east-west', now: time.now })
  return { lines, pass: (by) => { ms += by }, tell: runnerLog(write, { link: 'east-west', pid: 7, time }) } // prettier-ignore
}

const groups = (
  committed: string[],
  active: string[] = [],
  failed: [string, string][] = [],
  bare: string[] = [],
): RunnerEvent => ({
  kind: 'groups',
  report: { committed, active, bare, failed: new Map(failed) },
})

it('says what happens, with the time in UTC', () => {
  const { lines, pass, tell } = log()
  tell({ kind: 'started', mirror: 'orders' })
  pass(1_500)
  tell({ kind: 'sourceLost' })
  tell({ kind: 'sourceBack' })
  tell({ kind: 'failed', mirror: 'orders', reason: 'the source topic "orders" is gone' })
  tell({ kind: 'stopped', mirror: 'orders' })
  const missed = { kind: 'missedTombstones', mirror: 'orders', untilMs: Date.UTC(2026, 0, 2), keptMs: 1_000 } as const
  tell({ ...missed, sinceMs: Date.UTC(2026, 0, 1) })
  tell({ ...missed, sinceMs: 0 })
  expect(lines).toEqual([
    '2026-01-02T00:00:00.000Z mirror "orders" is carried',
    '2026-01-02T00:00:01.500Z the source does not answer',
    '2026-01-02T00:00:01.500Z the source answers again',
    '2026-01-02T00:00:01.500Z mirror "orders" has FAILED: the source topic "orders" is gone',
    '2026-01-02T00:00:01.500Z mirror "orders" is no longer carried',
    '2026-01-02T00:00:01.500Z mirror "orders" may have kept keys that were deleted between 2026-01-01T00:00:00.000Z and 2026-01-02T00:00:00.000Z: the source keeps tombstones for 1000 ms (delete.retention.ms)',
    '2026-01-02T00:00:01.500Z mirror "orders" may have kept keys that were deleted before 2026-01-02T00:00:00.000Z: the source keeps tombstones for 1000 ms (delete.retention.ms)',
  ])
})

it('repeats a trouble that goes on once a minute, with its count', () => {
  const { lines, pass, tell } = log()
  for (let second = 0; second < 61; second++) {
    tell({ kind: 'trouble', what: 'no leader' })
    pass(1_000)
  }
  tell({ kind: 'trouble', what: 'another' })
  expect(lines.map((line) => line.slice(25))).toEqual([
    'trouble: no leader',
    'trouble: no leader (and 59 times since it was last told)',
    'trouble: another',
  ])
})

it('names groups when something changed, and otherwise says nothing', () => {
  const { lines, tell } = log()
  tell(groups(['a', 'b']))
  tell(groups(['a']))
  tell(groups([], ['a'], [['b', 'NOT_COORDINATOR']]))
  tell(groups([], ['a'], [['b', 'NOT_COORDINATOR']]))
  tell(groups(['a', 'b'], [], [], ['b']))
  tell(groups([], [], [], ['b']))
  expect(lines.map((line) => line.slice(25))).toEqual([
    'offsets are copied of groups "a", "b"',
    'left alone, with members on the destination: group "a"',
    'offsets of group "b" are not copied: NOT_COORDINATOR',
    'no longer with members on the destination: group "a"',
    'copied without what clients have put beside commits, which is more than the destination takes (offset.metadata.max.bytes): group "b"',
  ])
})

it('does not fill a line with names', () => {
  const { lines, tell } = log()
  tell(groups(Array.from({ length: 1_000 }, (_, index) => `g${index}`)))
  expect(lines[0]).toMatch(/"g9" and 990 more$/)
})

it('says who runs the link, in the lines that scripts wait for', () => {
  const { lines, tell } = log()
  tell({ kind: 'standingBy', holder: { user: 'ops', host: 'host-1', pid: 42 } })
  tell({ kind: 'leading' })
  tell({ kind: 'replaced', why: 'another runner took over link "east-west"' })
  tell({ kind: 'far', sourceMs: 0.51, destinationMs: 80.26 })
  expect(lines).toEqual([
    'georep: link east-west: standing by, host-1 pid 42 runs it',
    'georep: link east-west is running (pid 7)',
    '2026-01-02T00:00:00.000Z another runner took over link "east-west"; standing by',
    '2026-01-02T00:00:00.000Z warning: run it near the destination, which takes 80.3 ms to answer here, and the source 0.5 ms (medians)',
  ])
})

it('as JSON: one object a line, whatever a broker puts into a text', () => {
  const { lines, tell } = log('json')
  tell({ kind: 'leading' })
  tell({ kind: 'failed', mirror: 'orders', reason: 'a\nb\u001b[31m\u009b' })
  tell(groups(['a', 'b']))
  tell({ kind: 'trouble', what: 'no leader' })
  expect(lines.every((line) => !/[\u0000-\u001f\u007f-\u009f]/.test(line))).toBe(true)
  const common = { time: '2026-01-02T00:00:00.000Z', link: 'east-west' }
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
    { ...common, level: 'info', event: 'running', pid: 7, message: 'link east-west is running (pid 7)' },
    { ...common, level: 'error', event: 'mirrorFailed', mirror: 'orders', reason: 'a\nb\u001b[31m\u009b', message: 'mirror "orders" has FAILED: a\nb\u001b[31m\u009b' },
    { ...common, level: 'info', event: 'groupsCopied', groups: 2, message: 'offsets are copied of groups "a", "b"' },
    { ...common, level: 'warn', event: 'trouble', times: 1, message: 'trouble: no leader' },
  ]) // prettier-ignore
})
