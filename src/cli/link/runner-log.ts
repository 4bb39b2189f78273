import { assertNever } from '../../core/errors.ts'
import type { Time } from '../../core/time.ts'
import type { RunnerEvent } from '../../engines/running.ts'
import { jsonLine } from '../json.ts'
import { missedText } from '../missed-tombstones.ts'
import { printable } from '../printable.ts'

export type LogFormat = 'text' | 'json'

/** The same trouble again within this time is counted, not printed. */
const repeatMs = 60_000
/** Names in a line, at the most. */
const maxNames = 10

/** What is told of one event: `text` is the line for people, the rest is for machines. */
export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error'
  readonly event: string
  readonly text: string
  readonly fields?: Readonly<Record<string, string | number>>
  /** For people without a time, as what is said before the runner is at work: scripts wait for these lines. */
  readonly isHeadline?: true
}

export type Log = (entry: LogEntry) => void

/** Writes entries to stderr: as lines with the time in UTC, or as one JSON object a line. */
export function logTo(
  err: (text: string) => void,
  { format, link, now }: { readonly format: LogFormat; readonly link: string; readonly now: Time['now'] },
): Log {
  return ({ level, event, text, fields, isHeadline }) => {
    const time = now().toISOString()
    if (format === 'json') err(jsonLine({ time, level, event, link, ...fields, message: text }))
    else err(`${isHeadline === true ? 'georep:' : time} ${printable(text)}\n`)
  }
}

/**
 * What a runner does, for a log. Only what changed: a group is named when its offsets are copied for the first time, when it is left alone or fails, and
 * when that ends; a trouble that goes on is repeated once a minute, with how often it was seen.
 */
export function runnerLog(
  log: Log,
  { link, pid, time }: { readonly link: string; readonly pid: number; readonly time: Pick<Time, 'monotonic'> },
): (event: RunnerEvent) => void {
  const troubles = new Map<string, { atMs: number; more: number }>()
  const groups = groupChanges()
  return (event) => {
    const { kind } = event
    switch (kind) {
      case 'leading':
        log({ level: 'info', event: 'running', text: `link ${link} is running (pid ${pid})`, fields: { pid }, isHeadline: true }) // prettier-ignore
        return
      case 'standingBy': {
        const { user, host, pid: other } = event.holder
        log({ level: 'info', event: kind, text: `link ${link}: standing by, ${host} pid ${other} runs it`, fields: { user, host, pid: other }, isHeadline: true }) // prettier-ignore
        return
      }
      case 'replaced':
        log({ level: 'warn', event: kind, text: `${event.why}; standing by` })
        return
      case 'started':
        log({ level: 'info', event: 'mirrorStarted', text: `mirror "${event.mirror}" is carried`, fields: { mirror: event.mirror } }) // prettier-ignore
        return
      case 'stopped':
        log({ level: 'info', event: 'mirrorStopped', text: `mirror "${event.mirror}" is no longer carried`, fields: { mirror: event.mirror } }) // prettier-ignore
        return
      case 'failed':
        log({ level: 'error', event: 'mirrorFailed', text: `mirror "${event.mirror}" has FAILED: ${event.reason}`, fields: { mirror: event.mirror, reason: event.reason } }) // prettier-ignore
        return
      case 'synced':
        log({ level: 'info', event: 'mirrorSynced', text: `mirror "${event.mirror}" was put right: ${event.what}`, fields: { mirror: event.mirror, what: event.what } }) // prettier-ignore
        return
      case 'missedTombstones': {
        const { mirror, sinceMs, untilMs, keptMs } = event
        const since = sinceMs === 0 ? null : new Date(sinceMs).toISOString()
        const missed = { since, until: new Date(untilMs).toISOString(), keptMs }
        log({ level: 'warn', event: kind, text: `mirror "${mirror}" ${missedText(missed)}`, fields: { mirror, ...(since === null ? {} : { since }), until: missed.until, keptMs } }) // prettier-ignore
        return
      }
      case 'aclsSynced':
        log({ level: 'info', event: kind, text: `ACLs are as on the source again: ${event.created} created, ${event.deleted} deleted`, fields: { created: event.created, deleted: event.deleted } }) // prettier-ignore
        return
      case 'protected': {
        const { denied, freed } = event
        const parts = [...(denied > 0 ? [`${denied} denials of Write created`] : []), ...(freed > 0 ? [`denials deleted on ${freed} ${freed === 1 ? 'topic' : 'topics'}`] : [])] // prettier-ignore
        log({ level: 'info', event: 'mirrorsProtected', text: `mirrors are protected: ${parts.join(', ')}`, fields: { denied, freed } }) // prettier-ignore
        return
      }
      case 'sourceLost':
        log({ level: 'warn', event: kind, text: 'the source does not answer' })
        return
      case 'sourceBack':
        log({ level: 'info', event: kind, text: 'the source answers again' })
        return
      case 'paused':
        log({ level: 'info', event: kind, text: 'the link is paused' })
        return
      case 'resumed':
        log({ level: 'info', event: kind, text: 'the link goes on' })
        return
      case 'far': {
        const [source, destination] = [event.sourceMs, event.destinationMs].map((ms) => ms.toFixed(1))
        const text = `warning: run it near the destination, which takes ${destination} ms to answer here, and the source ${source} ms (medians)`
        log({ level: 'warn', event: kind, text, fields: { sourceMs: event.sourceMs, destinationMs: event.destinationMs } }) // prettier-ignore
        return
      }
      case 'groups':
        for (const change of groups(event.report)) log(change)
        return
      case 'trouble': {
        const seen = troubles.get(event.what)
        const now = time.monotonic()
        if (seen !== undefined && now - seen.atMs < repeatMs) {
          seen.more++
          return
        }
        const more = seen?.more ?? 0
        // Texts with numbers in them may differ each time: what is remembered must not grow.
        if (troubles.size >= 100) troubles.clear()
        troubles.set(event.what, { atMs: now, more: 0 })
        const since = more === 0 ? '' : ` (and ${more} times since it was last told)`
        log({ level: 'warn', event: kind, text: `trouble: ${event.what}${since}`, fields: { times: more + 1 } })
        return
      }
      default:
        assertNever(kind)
    }
  }
}

type GroupReport = Extract<RunnerEvent, { kind: 'groups' }>['report']

function groupChanges(): (report: GroupReport) => readonly LogEntry[] {
  const copied = new Set<string>()
  let active = new Set<string>()
  let bare = new Set<string>()
  let failed: ReadonlyMap<string, string> = new Map()
  return (report) => {
    const isNowActive = new Set(report.active)
    const first = report.committed.filter((group) => !copied.has(group))
    const left = report.active.filter((group) => !active.has(group))
    const back = [...active].filter((group) => !isNowActive.has(group))
    const cut = report.bare.filter((group) => !bare.has(group))
    const broken = [...report.failed].filter(([group, why]) => failed.get(group) !== why)
    for (const group of first) copied.add(group)
    active = isNowActive
    bare = new Set(report.bare)
    failed = report.failed
    const told = (event: string, some: readonly string[], text: string): readonly LogEntry[] =>
      some.length === 0
        ? []
        : [{ level: 'info', event, text: `${text}${named(some)}`, fields: { groups: some.length } }]
    return [
      ...told('groupsCopied', first, 'offsets are copied of '),
      ...told('groupsLeftAlone', left, 'left alone, with members on the destination: '),
      ...told('groupsBack', back, 'no longer with members on the destination: '),
      ...told(
        'groupsWithoutMetadata',
        cut,
        'copied without what clients have put beside commits, which is more than the destination takes (offset.metadata.max.bytes): ',
      ),
      ...broken.map(([group, why]): LogEntry => ({ level: 'warn', event: 'groupFailed', text: `offsets of group "${group}" are not copied: ${why}`, fields: { group } })), // prettier-ignore
    ]
  }
}

function named(groups: readonly string[]): string {
  const shown = groups.slice(0, maxNames).map((group) => `"${group}"`)
  const more = groups.length > maxNames ? ` and ${groups.length - maxNames} more` : ''
  return `${groups.length === 1 ? 'group' : 'groups'} ${shown.join(', ')}${more}`
}
