import { doubtTexts, isNoLoss, lossSentence } from '../../core/loss.ts'
import type { Outcome } from '../../core/outcome.ts'
import { openMirrors, type FailoverPlan, type FailoverResult, type LinkTarget } from '../../engines/engine.ts'
import { answersText, clusterText, clusterView, lastSeenText, lossText, lossView, type ClusterView, type LossView, type SeenView } from '../figures.ts' // prettier-ignore
import { deniedFacts, deniedView, type DeniedView } from './denied-view.ts'
import { figuresOf, tablesOf } from '../exposure/render.ts'
import type { ExposureView } from '../exposure/view.ts'
import { printable } from '../printable.ts'
import type { Style } from '../style.ts'
import { facts, table } from '../table.ts'
import { outcomeCell, whyOf } from '../verdict.ts'
import { mirrorRow, renderMirrors, type MirrorRow } from './view.ts'

/** What is printed of a failover; the `data` of its JSON document. */
export interface FailoverView {
  readonly link: string
  readonly phase: 'planned' | 'done'
  /** `refusal`: why one that answers cannot be asked. `isFenced`: a promote has kept producers off all of the topics, and that was not taken back. */
  readonly source: ClusterView & {
    readonly isReachable: boolean
    readonly refusal: string | null
    readonly isFenced: boolean
  }
  readonly destination: ClusterView
  readonly fence: FailoverPlan['fence']
  /** What was expected before: by what was known of the source then. */
  readonly estimatedLoss: LossView
  /** Of a dry run: as `georep exposure` tells it of these mirrors. */
  readonly exposure: ExposureView | null
  readonly mirrors: readonly MirrorRow[]
  /** Those to whom georep denies Write on the mirrors until they are stopped; null where it denies nobody. */
  readonly denied: DeniedView | null
  /** Why it would be refused. */
  readonly refusals: readonly { readonly code: string; readonly why: string }[]
  /** What became of each topic; null when it was only planned. */
  readonly results: readonly FailoverRow[] | null
  readonly next: string
}

export interface FailoverRow {
  readonly topic: string
  readonly outcome: Outcome['kind']
  readonly why: string | null
  /** By partition, where the mirror ended; null when it is not stopped. */
  readonly ends: readonly bigint[] | null
  readonly loss: LossView
}

export function failoverView(
  plan: FailoverPlan,
  { link, source, destination, state }: LinkTarget,
  rest: Pick<FailoverView, 'refusals' | 'next'> & {
    readonly now: Date
    readonly exposure?: ExposureView | undefined
    readonly results: readonly FailoverResult[] | undefined
  },
): FailoverView {
  const isFenced = plan.mirrors.length > 0 && plan.mirrors.every(({ record }) => state.fence(link.name, record.sourceTopic) !== undefined) // prettier-ignore
  return {
    link: link.name,
    phase: rest.results === undefined ? 'planned' : 'done',
    source: { ...clusterView(source, link.source.clusterId), isReachable: plan.isSourceReachable, refusal: plan.sourceRefusal ?? null, isFenced },
    destination: clusterView(destination, link.destination.clusterId),
    fence: plan.fence,
    estimatedLoss: lossView(plan.loss),
    exposure: rest.exposure ?? null,
    mirrors: plan.mirrors.map((mirror) => mirrorRow(mirror, rest.now)),
    denied: deniedView(plan.denied, destination),
    refusals: rest.refusals,
    results: rest.results?.map(({ topic, outcome, ends, loss }) => ({
      topic,
      outcome: outcome.kind,
      why: whyOf(outcome),
      ends: ends ?? null,
      loss: lossView(loss),
    })) ?? null,
    next: rest.next,
  } // prettier-ignore
}

/** What will be done, to which cluster, and what it will cost. */
export function renderFailoverPlan(view: FailoverView, style: Style): string {
  const { link, source, destination, fence, estimatedLoss, exposure, mirrors, denied } = view
  const head = facts([
    ['Link', link],
    [
      'Source',
      { text: `${clusterText(source)}, ${answersText(source)}`, paint: source.isReachable ? style.warn : style.bad },
    ],
    ['Destination', `${clusterText(destination)}, will take writes`],
    ['Late runners', lateText(fence, style)],
    ...deniedFacts(denied, style),
    ...(exposure === null || exposure.mirrors === 0
      ? [['Would be lost', { text: lossEstimate(estimatedLoss, mirrors), paint: isNoLoss(estimatedLoss) ? style.ok : style.bad }] as const] // prettier-ignore
      : figuresOf(exposure, style)),
  ])
  const tables = exposure === null ? [] : tablesOf(exposure, style, { all: false })
  return [head, renderMirrors(mirrors, style), ...tables].join('\n')
}

function lateText(fence: FailoverView['fence'], style: Style): Parameters<typeof facts>[0][number][1] {
  if (fence === 'permitted') return 'will be refused by the brokers'
  if (fence !== 'byConnect') return { text: 'may not be refused', paint: style.bad }
  return { text: 'are ended by Kafka Connect; a worker that is frozen meanwhile no broker refuses', paint: style.warn }
}

function lossEstimate(loss: LossView, mirrors: readonly MirrorRow[]): string {
  if (mirrors.every(({ state }) => state === 'STOPPED')) return 'nothing: they are all stopped'
  if (loss.kind === 'exact') return `${lossSentence(loss)}, by both ends as they are now`
  if (loss.kind === 'atMost') return `${lossSentence(loss)}: ${doubtTexts.LATE}`
  const seen = oldest(mirrors)
  if (loss.kind === 'unknown' || seen === undefined) return 'not known: not every end of source and mirror was seen'
  // Of one that is PENDING both ends are known where its rebuild was cut short: it had FAILED.
  if (seen.isCurrent)
    return `${lossSentence(loss)}: ${doubtTexts[mirrors.some(({ state }) => state === 'FAILED' || state === 'PENDING') ? 'FAILED' : 'AHEAD']}`
  return `${lossSentence(loss)}: the source was ${lastSeenText(seen)}`
}

function oldest(mirrors: readonly MirrorRow[]): SeenView | undefined {
  return mirrors
    .filter(({ state }) => state !== 'STOPPED')
    .map(({ sourceSeen }) => sourceSeen)
    .toSorted((a, b) => (b.ageMs ?? Infinity) - (a.ageMs ?? Infinity))[0]
}

/** What became of it, one row a topic. */
export function renderFailoverResults(rows: readonly FailoverRow[], style: Style): string {
  return table(
    [{ title: 'TOPIC' }, { title: 'OUTCOME' }, { title: 'END' }, { title: 'LOSS', align: 'right' }, { title: 'WHY' }],
    rows.map(({ topic, outcome, why, ends, loss }) => [
      topic,
      outcomeCell(outcome, style),
      ends === null ? '-' : endsText(ends),
      { text: lossText(loss), paint: isNoLoss(loss) ? style.ok : style.bad },
      why ?? '',
    ]),
  )
}

/** Of few partitions each; else how many offsets they have together. */
function endsText(ends: readonly bigint[]): string {
  if (ends.length <= 4) return ends.map(String).join(',')
  const sum = ends.reduce((total, end) => total + end, 0n)
  return `${sum.toString()} in ${ends.length} partitions`
}

/** What holds on the source: a failover does nothing to it. */
export function sourceText({ link, source }: Pick<FailoverView, 'link' | 'source'>): string {
  const name = `source "${printable(source.name)}"`
  if (source.isFenced)
    return `${name} is fenced by a promote, as far as it could be; georep mirror unfence --link ${printable(link)} frees it`
  if (source.refusal !== null)
    return `${name} could not be asked and is not fenced: its clients may still write there; stop its producers, or both sides will be written to`
  return source.isReachable
    ? `${name} is not fenced and still takes writes: stop its producers, or both sides will be written to`
    : `${name} did not answer and is not fenced: its clients may still write there, or will when it comes back`
}

/** `12 mirrors`; those that were stopped before are not counted. */
export function openCount(plan: FailoverPlan): string {
  const { length } = openMirrors(plan.mirrors)
  return `${length} ${length === 1 ? 'mirror' : 'mirrors'}`
}
