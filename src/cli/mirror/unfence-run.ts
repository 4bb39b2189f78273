import { GeorepError } from '../../core/errors.ts'
import { verdictOf, type Outcome } from '../../core/outcome.ts'
import { type FenceRecord, isFailoverBegun, type MirrorRecord } from '../../links/records.ts'
import { clusterSettings } from '../../config/cluster-settings.ts'
import { actOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import { confirmTyped, requireConfirmable } from '../confirm.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { clusterText, clusterView } from '../figures.ts'
import { documentText } from '../document.ts'
import { openLink } from '../open.ts'
import { printable } from '../printable.ts'
import { styleOf } from '../style.ts'
import { table } from '../table.ts'
import { countedOutcomes, endWithVerdict, outcomeCell, whyOf } from '../verdict.ts'
import { secretsIn, sourceFenceOf } from './fence-hook.ts'
import { confirmationOf, mirrorCommand, type WhichOptions } from './which.ts'
import type { FenceOption } from './fence-option.ts'

export interface MirrorUnfenceOptions extends WhichOptions {
  readonly fence: FenceOption | undefined
}

/** One source topic; the `data` of the JSON document has them under `topics`. */
interface UnfenceRow {
  readonly topic: string
  /** Null when georep has not fenced it. */
  readonly how: FenceRecord['fence']['how'] | null
  readonly since: string | null
  readonly outcome: Outcome['kind'] | 'planned'
  readonly why: string | null
}

export async function runMirrorUnfence(options: MirrorUnfenceOptions, context: Context): Promise<ExitCode> {
  const { io, signal } = context
  const confirmation = confirmationOf('let the source take writes of', options, io)
  if (!options.dryRun) requireConfirmable(confirmation)
  await using opened = await openLink(context, options, options.link)
  const { engine, target } = opened
  const { link, source, state } = target
  await state.refresh({ signal, link: link.name })
  const fences = state.fences(link.name)
  const topics = options.which.kind === 'all' ? fences.map(({ sourceTopic }) => sourceTopic) : options.which.topics
  if (topics.length === 0) throw nothingFenced(options)
  const mirrors = state.mirrors(link.name)
  const rows = (outcomes?: ReadonlyMap<string, Outcome>): readonly UnfenceRow[] =>
    unfenceRows(topics, fences, mirrors, outcomes)
  if (options.dryRun) {
    print(rows(), options, context)
    return ExitCode.ok
  }
  io.err(
    `Source: ${printable(clusterText(clusterView(source, link.source.clusterId)))}, will take writes\n\n${render(rows(), context, false)}\n`,
  )
  const promoted = mirrors.filter((one) => topics.includes(one.sourceTopic) && one.state.state === 'STOPPED')
  if (promoted.length > 0) {
    const names = promoted.map(({ mirrorTopic }) => `"${printable(mirrorTopic)}"`).join(', ')
    io.err(`warning: "${printable(target.destination.name)}" takes writes on ${names} as well: both sides would\n`)
  }
  const begun = mirrors.filter((one) => topics.includes(one.sourceTopic) && isFailoverBegun(one))
  if (begun.length > 0) {
    const names = begun.map(({ mirrorTopic }) => `"${printable(mirrorTopic)}"`).join(', ')
    io.err(`warning: the failover of ${names} has begun: what the source takes from now on is not mirrored\n`)
  }
  await confirmTyped(confirmation, { signal })
  const settings = await clusterSettings(opened.config, source.name, context)
  const sourceFence =
    options.fence === undefined || options.fence.how === 'acl'
      ? undefined
      : sourceFenceOf(options.fence, link.name, secretsIn([settings], target.connect), context)
  const by = { ...actOf(context, 'mirror unfence', options), sourceFence }
  const outcomes = await engine.unfence(target, topics, by, { signal })
  print(rows(outcomes), options, context)
  const results = [...outcomes.values()]
  return endWithVerdict(
    verdictOf(results),
    {
      code: 'GR-UNFENCE-INCOMPLETE',
      message: `not all source topics of link "${link.name}" were freed: ${countedOutcomes(results)}`,
      next: mirrorCommand(options, 'unfence', '--fence', 'hook:<command>'),
    },
    context,
  )
}

/** As they are planned without `outcomes`: what is neither fenced nor being promoted stays as it is. */
export function unfenceRows(
  topics: readonly string[],
  fences: readonly Pick<FenceRecord, 'sourceTopic' | 'fence' | 'at'>[],
  mirrors: readonly Pick<MirrorRecord, 'sourceTopic' | 'state'>[],
  outcomes: ReadonlyMap<string, Outcome> | undefined,
): readonly UnfenceRow[] {
  return topics.map((topic) => {
    const fence = fences.find(({ sourceTopic }) => sourceTopic === topic)
    const isBegun = mirrors.some((one) => one.sourceTopic === topic && one.state.state === 'PENDING_STOPPED')
    const planned: Outcome | undefined = fence === undefined && !isBegun ? { kind: 'unchanged', why: 'georep has not fenced it' } : undefined // prettier-ignore
    const outcome = outcomes === undefined ? planned : outcomes.get(topic)
    return {
      topic,
      how: fence?.fence.how ?? null,
      since: fence?.at ?? null,
      outcome: outcome?.kind ?? 'planned',
      why: outcome === undefined ? null : whyOf(outcome),
    }
  })
}

function print(rows: readonly UnfenceRow[], { link, output }: MirrorUnfenceOptions, context: Context): void {
  context.io.out(
    output !== 'table'
      ? documentText(output, 'georep.mirror-unfence/1', { link, topics: rows })
      : render(rows, context, true),
  )
}

function render(rows: readonly UnfenceRow[], { io }: Context, mayColor: boolean): string {
  const style = styleOf(mayColor ? io : { hasColor: false })
  return table(
    [{ title: 'SOURCE-TOPIC' }, { title: 'FENCED-BY' }, { title: 'SINCE' }, { title: 'OUTCOME' }, { title: 'WHY' }],
    rows.map(({ topic, how, since, outcome, why }) => [
      topic,
      how ?? '-',
      since ?? '-',
      outcomeCell(outcome, style),
      why ?? '',
    ]),
  )
}

function nothingFenced(options: MirrorUnfenceOptions): GeorepError {
  return new GeorepError('refused', 'GR-NOT-FENCED', `georep has fenced no source topic of link "${options.link}"`, {
    stateNow: 'nothing was changed',
    next: commandLine(options, 'mirror', 'list', '--link', options.link),
  })
}
