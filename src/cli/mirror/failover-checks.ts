import { clusterRight } from '../../core/acl.ts'
import { GeorepError } from '../../core/errors.ts'
import { lossBlocker, lossSentence } from '../../core/loss.ts'
import type { Outcome } from '../../core/outcome.ts'
import {
  isStopKnown,
  openMirrors,
  type FailoverPlan,
  type FailoverResult,
  type LinkTarget,
  type MirrorView,
} from '../../engines/engine.ts'
import { noneMirrored } from '../../engines/settled-mirrors.ts'
import { lacking } from '../../kafka/denied.ts'
import { commandLine } from '../command-line.ts'
import { lossView } from '../figures.ts'
import type { MirrorFailoverOptions } from './failover-options.ts'
import { mirrorCommand } from './which.ts'

/** @throws GeorepError "refused" when topics were asked for that the link does not carry, or when it carries none */
export function requireMirrors(
  { missing, mirrors }: Pick<FailoverPlan, 'missing' | 'mirrors'>,
  state: Pick<LinkTarget['state'], 'mirrors'>,
  options: Pick<MirrorFailoverOptions, 'config' | 'link'>,
): void {
  const details = {
    stateNow: 'nothing was changed',
    next: commandLine(options, 'mirror', 'list', '--link', options.link),
  }
  if (missing.length > 0) {
    throw new GeorepError('refused', 'GR-MIRROR-UNKNOWN', noneMirrored(state, options.link, missing), details)
  }
  if (mirrors.length === 0)
    throw new GeorepError('refused', 'GR-NO-MIRRORS', `link "${options.link}" has no mirrors`, details)
}

/** Why this failover must not be done as it was asked for, each with the way round it. Empty when nothing stands in its way. */
export function failoverRefusals(
  plan: FailoverPlan,
  { link, destination }: Pick<LinkTarget, 'link' | 'destination'>,
  options: MirrorFailoverOptions,
): readonly GeorepError[] {
  const open = openMirrors(plan.mirrors)
  if (open.length === 0) return []
  const stateNow = 'nothing was changed'
  const refusals: GeorepError[] = []
  // One that is stopping already is not stopped any worse for it.
  const isGoingOn = open.every(({ state }) => state.state === 'PENDING_STOPPED')
  const isTooEarly = plan.isSourceReachable && !options.forceWhileSourceUp && !isGoingOn
  const forced = failoverCommand({ ...options, forceWhileSourceUp: true })
  if (isTooEarly && plan.sourceRefusal !== undefined) refusals.push(closed(plan.sourceRefusal, plan, link, forced))
  else if (isTooEarly) {
    const source = link.source.name
    refusals.push(
      new GeorepError(
        'refused',
        'GR-SOURCE-UP',
        `the source of link "${link.name}", cluster "${source}", still answers`,
        {
          stateNow,
          data: `${lossSentence(lossView(plan.loss))} not mirrored now; what producers still write to "${source}" would be lost too`,
          next: [
            `stop the producers of these topics on "${source}"; wait until this shows a lag of 0:`,
            commandLine(options, 'lag', '--link', link.name),
            'then, or if it cannot wait:',
            forced,
          ].join('\n'),
        },
      ),
    )
  }
  const tooMuch = options.maxLossRecords === undefined ? undefined : lossBlocker(plan.loss, options.maxLossRecords)
  if (tooMuch !== undefined) {
    refusals.push(
      new GeorepError(
        'refused',
        'GR-LOSS-LIMIT',
        `${tooMuch}${doubtText(open)}; --max-loss-records allows ${String(options.maxLossRecords)}`,
        {
          stateNow,
          next: failoverCommand({ ...options, maxLossRecords: undefined }),
        },
      ),
    )
  }
  if (!isStopKnown(plan.fence) && plan.fenceWhy !== undefined && !options.unfenced) {
    refusals.push(
      new GeorepError(
        'refused',
        'GR-STOP-UNKNOWN',
        `it cannot be made sure that nothing is appended to the mirrors of link "${link.name}" any more: ${plan.fenceWhy}`,
        {
          stateNow,
          data: 'a worker of Kafka Connect that still runs, or thaws, would append to an opened topic, behind what clients write',
          next: [plan.fenceNext ?? 'see to what stands in its way, then run the command again;', 'or see to it that no worker runs, and open the topics all the same:', failoverCommand({ ...options, unfenced: true })].join('\n'), // prettier-ignore
        },
      ),
    )
  } else if (!isStopKnown(plan.fence) && !options.unfenced) {
    const need = lacking(destination, clusterRight('Alter'))
    const what = plan.fence === 'unknown' ? 'does not say whether it permits' : 'does not permit'
    refusals.push(
      new GeorepError(
        'refused',
        'GR-FENCE-NOT-PERMITTED',
        `cluster "${destination.name}" ${what} that late runners are refused: ${need.message}`,
        {
          stateNow,
          data: 'without it a runner that still runs, or thaws, could append to an opened topic and move group offsets',
          next: [need.next, 'or see to it that no runner of the link lives, then:', failoverCommand({ ...options, unfenced: true })].join('\n'), // prettier-ignore
        },
      ),
    )
  }
  return refusals
}

/** Of a source that is up, or may be, and cannot be asked. */
function closed(
  why: string,
  { loss }: FailoverPlan,
  { name, source }: LinkTarget['link'],
  forced: string,
): GeorepError {
  const message = `the source of link "${name}" cannot be asked, and may still take writes: ${why}`
  return new GeorepError('refused', 'GR-SOURCE-UP', message, {
    stateNow: 'nothing was changed',
    data: `${lossSentence(lossView(loss))} not mirrored, by what was last known of it; what producers still write to "${source.name}" would be lost too`,
    next: [
      `correct the entry of cluster "${source.name}" in georep.yaml (bootstrap, sasl, tls), or its properties file, and run the command again`,
      'or, if it cannot wait:',
      forced,
    ].join('\n'),
  })
}

/** The command line that these options come from; without --dry-run and --confirm, which are for the operator to say. */
export function failoverCommand(options: Omit<MirrorFailoverOptions, 'color'>): string {
  return mirrorCommand(
    options,
    'failover',
    ...(options.maxLossRecords === undefined ? [] : ['--max-loss-records', options.maxLossRecords.toString()]),
    ...(options.forceWhileSourceUp ? ['--force-while-source-up'] : []),
    ...(options.unfenced ? ['--unfenced'] : []),
    ...(options.wait ? ['--wait'] : []),
  )
}

/** The command after a failover that is not done: what is refused stays so, however long it is waited for. */
export function goOnCommand(outcomes: readonly Outcome[], options: Omit<MirrorFailoverOptions, 'color'>): string {
  const isLeft = outcomes.some(({ kind }) => kind !== 'applied' && kind !== 'unchanged' && kind !== 'refused')
  if (isLeft) return failoverCommand({ ...options, wait: true })
  return commandLine(options, 'mirror', 'list', '--link', options.link)
}

/** How Kafka Connect is told of topics that were opened without it: at most one sentence, with its command. */
export function toldLaterSteps(
  results: readonly Pick<FailoverResult, 'toldLater'>[],
  options: Pick<MirrorFailoverOptions, 'config' | 'link'>,
): readonly string[] {
  const words = results.find(({ toldLater }) => toldLater !== undefined)?.toldLater
  if (words === undefined) return []
  return [`Kafka Connect could not be told, and appends to what was opened when a worker runs and the source answers; what takes it from its list then: ${commandLine(options, ...words, '--link', options.link)}`] // prettier-ignore
}

/** Why a loss may be known by its least only, though both ends are. */
function doubtText(mirrors: readonly MirrorView[]): string {
  const doubted = mirrors.flatMap(({ record, partitions }) => {
    const doubt = partitions.map((one) => one.doubt).find((one) => one !== undefined && one !== 'LATE')
    return doubt === undefined ? [] : [`"${record.mirrorTopic}", ${doubt}`]
  })
  return doubted.length === 0 ? '' : ` (mirrors that may hold other records than their source's: ${doubted.join('; ')})`
}
