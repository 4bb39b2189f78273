import { assertNever } from '../../core/errors.ts'
import type { Time } from '../../core/time.ts'
import type { RunnerEvent } from '../../engines/embedded/runner.ts'

/** The same trouble again within this time is counted, not printed. */
const repeatMs = 60_000
/** Names in a line, at the most. */
const maxNames = 10

/**
 * What a runner does, as lines with the time in UTC. Only what changed: a group is named when its offsets are copied for the first time, when it is
 * left alone or fails, and when that ends; a trouble that goes on is repeated once a minute, with how often it was seen.
 */
export function runnerLog(
  write: (line: string) => void,
  time: Pick<Time, 'now' | 'monotonic'>,
): (event: RunnerEvent) => void {
  const line = (text: string): void => {
    write(`${time.now().toISOString()} ${text}`)
  }
  const troubles = new Map<string, { atMs: number; more: number }>()
  const groups = groupChanges()
  return (event) => {
    switch (event.kind) {
      case 'started':
        line(`mirror "${event.mirror}" is carried`)
        return
      case 'stopped':
        line(`mirror "${event.mirror}" is no longer carried`)
        return
      case 'failed':
        line(`mirror "${event.mirror}" has FAILED: ${event.reason}`)
        return
      case 'sourceLost':
        line('the source does not answer')
        return
      case 'sourceBack':
        line('the source answers again')
        return
      case 'groups':
        for (const change of groups(event.report)) line(change)
        return
      case 'trouble': {
        const seen = troubles.get(event.what)
        const now = time.monotonic()
        if (seen !== undefined && now - seen.atMs < repeatMs) {
          seen.more++
          return
        }
        const more = seen === undefined || seen.more === 0 ? '' : ` (and ${seen.more} times since it was last told)`
        // Texts with numbers in them may differ each time: what is remembered must not grow.
        if (troubles.size >= 100) troubles.clear()
        troubles.set(event.what, { atMs: now, more: 0 })
        line(`trouble: ${event.what}${more}`)
        return
      }
      default:
        assertNever(event)
    }
  }
}

type GroupReport = Extract<RunnerEvent, { kind: 'groups' }>['report']

function groupChanges(): (report: GroupReport) => readonly string[] {
  const copied = new Set<string>()
  let active = new Set<string>()
  let failed: ReadonlyMap<string, string> = new Map()
  return (report) => {
    const isNowActive = new Set(report.active)
    const first = report.committed.filter((group) => !copied.has(group))
    const left = report.active.filter((group) => !active.has(group))
    const back = [...active].filter((group) => !isNowActive.has(group))
    const broken = [...report.failed].filter(([group, why]) => failed.get(group) !== why)
    for (const group of first) copied.add(group)
    active = isNowActive
    failed = report.failed
    return [
      ...(first.length === 0 ? [] : [`offsets are copied of ${named(first)}`]),
      ...(left.length === 0 ? [] : [`left alone, with members on the destination: ${named(left)}`]),
      ...(back.length === 0 ? [] : [`no longer with members on the destination: ${named(back)}`]),
      ...broken.map(([group, why]) => `offsets of group "${group}" are not copied: ${why}`),
    ]
  }
}

function named(groups: readonly string[]): string {
  const shown = groups.slice(0, maxNames).map((group) => `"${group}"`)
  const more = groups.length > maxNames ? ` and ${groups.length - maxNames} more` : ''
  return `${groups.length === 1 ? 'group' : 'groups'} ${shown.join(', ')}${more}`
}
