import { isNoLoss, lossSentence } from '../../core/loss.ts'
import { textFromBytes } from '../../core/bytes.ts'
import { answersText, boundSigns, isAnswering, lastSeenText, lossText, type LossView, seenText } from '../figures.ts'
import { boundsText, type BoundsView, paintOfStatus, statesText } from '../groups-after-failover.ts'
import type { Style } from '../style.ts'
import { type Cell, facts, table } from '../table.ts'
import type { AgeView, BytesView, ExposedGroup, ExposedPartition, ExposureView, OldestRecord } from './view.ts'

const rowsInTable = 10

/** One link: what would be lost, and below it the groups and the partitions that it is about. */
export function renderExposure(view: ExposureView, style: Style, rows: { readonly all: boolean }): string {
  const { link, source, mirrors, sourceSeen } = view
  const isOpen = isAnswering(source)
  const when = isOpen ? `, ends read ${seenText(sourceSeen)}` : mirrors === 0 ? '' : `, ${lastSeenText(sourceSeen)}`
  const how = `${answersText(source)}${when}`
  const head = facts([
    ['Link', `${link}, ${mirrors} ${mirrors === 1 ? 'mirror' : 'mirrors'} not stopped`],
    ['Source', { text: `${source.name}, ${how}`, paint: isOpen ? style.ok : style.bad }],
    ...figuresOf(view, style),
  ])
  return [head, ...tablesOf(view, style, rows)].join('\n')
}

/** The groups that would read again or skip, and the partitions that would lose, worst first; none where there are none. */
export function tablesOf(
  { source, groups, partitions }: ExposureView,
  style: Style,
  { all }: { readonly all: boolean },
): readonly string[] {
  const cut = <T>(some: readonly T[]): readonly T[] => (all ? some : some.slice(0, rowsInTable))
  return [
    ...(groups.length === 0 ? [] : [renderGroups(cut(groups), isAnswering(source), style)]),
    ...(partitions.length === 0 ? [] : [renderPartitions(cut(partitions))]),
  ]
}

/** What would be lost, and read again: the same lines wherever it is told. */
export function figuresOf(view: ExposureView, style: Style): readonly (readonly [string, Cell])[] {
  const { mirrors, records, lostAlready, bytes, age, oldest, rereads, skips } = view
  const isNoneNow = isNoLoss(records)
  const nothing =
    mirrors === 0 ? 'nothing: there is no mirror that is not stopped' : `nothing: the mirrors have all ${isNoLoss(lostAlready) ? 'of it' : 'that the source has'}` // prettier-ignore
  const lost = isNoneNow ? nothing : `${lossSentence(records)}, ${bytesText(bytes)}, ${ageText(age)}` // prettier-ignore
  return [
    ['Would be lost', { text: lost, paint: isNoneNow ? style.ok : style.bad }],
    ...(isNoLoss(lostAlready) ? [] : [['Lost already', { text: alreadyText(lostAlready), paint: style.bad }] as const]),
    ...(oldest === null ? [] : [['Oldest record', oldestText(oldest)] as const]),
    ['Read again', { text: againText(rereads, 'rereads', view), paint: isNone(rereads) ? style.ok : style.warn }],
    ['Skipped', { text: againText(skips, 'skips', view), paint: isNone(skips) ? style.ok : style.bad }],
  ]
}

function alreadyText(lost: LossView): string {
  if (lost.kind === 'unknown') return `unknown${lost.why === null ? '' : `: ${lost.why}`}`
  return `${lossSentence(lost)}: retention took them from the source before they were mirrored`
}

function againText(bounds: BoundsView, what: 'rereads' | 'skips', { groups, groupsSeen }: ExposureView): string {
  const many = groupsSeen === 1 ? '1 group' : `${groupsSeen} groups`
  if (isNone(bounds)) return `nothing, by none of ${many}`
  const records = bounds.kind === 'unknown' ? 'an unknown number of records' : `${boundsText(bounds)} records`
  // Of groups that were never copied a source tells that does not answer now.
  if (groupsSeen === 0) return `${records}, by an unknown number of groups`
  const count = groups.filter((one) => !isNone(one[what])).length
  return `${records}, by ${bounds.kind === 'exact' ? '' : 'up to '}${count} of ${many}`
}

function isNone({ kind, atMost }: BoundsView): boolean {
  return kind === 'exact' && atMost === 0n
}

function bytesText({ kind, bytes, about }: BytesView): string {
  if (kind === 'unknown' || bytes === null) return 'an unknown number of bytes'
  const more = about === null ? '' : ` (~${textFromBytes(Number(about))} at the rate of what was read)`
  return `${boundSigns[kind]}${textFromBytes(Number(bytes))} as stored${more}`
}

function ageText(age: AgeView): string {
  return age.kind === 'unknown' ? 'of unknown age' : `${secondsText(age)} s old`
}

function secondsText({ kind, ms }: AgeView): string {
  if (kind === 'unknown' || ms === null) return 'unknown'
  return `${boundSigns[kind]}${(ms / 1_000).toFixed(ms === 0 ? 0 : 1)}`
}

function oldestText({ topic, partition, offset, at, method, isFuture, isLogAppendTime }: OldestRecord): string {
  const flags = [method, ...(isLogAppendTime ? ['append-time'] : []), ...(isFuture ? ['of the future'] : [])]
  return `${topic}/${partition} at offset ${offset.toString()}, of ${at ?? 'no time'} (${flags.join(', ')})`
}

function renderGroups(groups: readonly ExposedGroup[], isSourceReachable: boolean, style: Style): string {
  const right = 'right'
  return table(
    [
      { title: 'GROUP' },
      { title: 'STATE' },
      { title: 'PARTITIONS', align: right },
      { title: 'REREAD', align: right },
      { title: 'SKIPPED', align: right },
      { title: 'STATUS' },
      { title: 'WHY' },
    ],
    groups.map(({ group, sourceState, destinationState, partitions, rereads, skips, status, why }) => [
      group,
      statesText({ source: sourceState, destination: destinationState }, isSourceReachable),
      partitions,
      boundsText(rereads),
      boundsText(skips),
      { text: status, paint: paintOfStatus(status, style) },
      why ?? '',
    ]),
  )
}

function renderPartitions(partitions: readonly ExposedPartition[]): string {
  const right = 'right'
  const hasLost = partitions.some(({ lostAlready }) => lostAlready.kind !== 'unknown' && !isNoLoss(lostAlready))
  return table(
    [
      { title: 'TOPIC' },
      { title: 'PARTITION', align: right },
      { title: 'SRC-END', align: right },
      { title: 'MIRRORED', align: right },
      { title: 'LOST', align: right },
      ...(hasLost ? [{ title: 'LOST-ALREADY', align: right } as const] : []),
      { title: 'SECONDS', align: right },
    ],
    partitions.map(({ topic, partition, sourceEnd, mirrored, records, lostAlready, age }) => [
      topic,
      partition,
      sourceEnd ?? 'unknown',
      mirrored ?? 'unknown',
      lossText(records),
      ...(hasLost ? [lossText(lostAlready)] : []),
      secondsText(age),
    ]),
  )
}
