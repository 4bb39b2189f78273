import { textFromBytes } from '../../core/bytes.ts'
import { GeorepError } from '../../core/errors.ts'
import type { LinkPlan } from '../../engines/engine.ts'
import { actOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { clusterText, clusterView, type ClusterView } from '../figures.ts'
import { documentText } from '../document.ts'
import { engineOf, openLinkClusters } from '../open.ts'
import { printable } from '../printable.ts'
import { styleOf, type Style } from '../style.ts'
import { facts } from '../table.ts'
import type { LinkCreateOptions } from './create.ts'
import { engineText } from './engine-text.ts'

/** What is printed of a link that is made; the `data` of its JSON document. */
export interface LinkCreateView {
  readonly link: string
  readonly outcome: 'planned' | 'created' | 'unchanged'
  readonly engine: string
  readonly source: ClusterView
  readonly destination: ClusterView
  readonly groups: readonly string[]
  /** Null for no limit. */
  readonly throttleBytesPerSecond: number | null
  /** Whether the destination's brokers may be told to refuse a late runner. */
  readonly fence: LinkPlan['fence']
  readonly next: string
}

export async function runLinkCreate(options: LinkCreateOptions, context: Context): Promise<ExitCode> {
  const { io, signal } = context
  await using opened = await openLinkClusters(context, options, options.name)
  const { config, source, destination } = opened
  const engine = engineOf({ engine: config.defaults.engine })
  const groups = options.groups ?? config.defaults.groups
  const plan = await engine.planLink(
    { name: options.name, groups, source, destination, throttleBytesPerSecond: options.throttle },
    { signal },
  )
  refuseBlocked(plan, options)
  const by = actOf(context, 'link create', options)
  const record = options.dryRun ? plan.existing : await engine.createLink(plan, by, { signal })
  const view: LinkCreateView = {
    link: options.name,
    outcome: plan.existing === undefined ? (options.dryRun ? 'planned' : 'created') : 'unchanged',
    engine: engine.name,
    source: clusterView(source, plan.sourceId),
    destination: clusterView(destination, plan.destinationId),
    groups: record?.groups ?? groups,
    throttleBytesPerSecond: record === undefined ? (options.throttle ?? null) : record.throttleBytesPerSecond,
    fence: plan.fence,
    next: options.dryRun && plan.existing === undefined
      ? commandLine(options, 'link', 'create', options.name, ...createFlags(options))
      : commandLine(options, 'link', 'run', options.name),
  } // prettier-ignore
  if (options.output !== 'table') io.out(documentText(options.output, 'georep.link-create/1', view))
  else io.out(renderLinkCreate(view, styleOf(io)))
  if (view.fence !== 'permitted') io.err(fenceWarning(view))
  io.err(`next: ${printable(view.next)}\n`)
  return ExitCode.ok
}

function createFlags({ groups, source, destination, throttle }: LinkCreateOptions): readonly string[] {
  return [
    ...(source === undefined || destination === undefined ? [] : ['--source', source, '--destination', destination]),
    ...(throttle === undefined ? [] : ['--throttle', `${throttle}B/s`]),
    ...(groups === undefined ? [] : ['--groups', ...groups]),
  ]
}

/** A link that is there and differs from what was asked for is not what the operator would take it for. */
function refuseBlocked({ request, existing, blockers }: LinkPlan, options: LinkCreateOptions): void {
  const stateNow = 'nothing was changed'
  if (blockers.length > 0) {
    const message = `link "${request.name}" cannot be created: ${blockers.join('; ')}`
    const next = commandLine(options, 'config', 'show')
    throw new GeorepError('refused', 'GR-LINK-BLOCKED', message, { stateNow, next })
  }
  if (existing === undefined) return
  if (options.throttle !== undefined && options.throttle !== existing.throttleBytesPerSecond) {
    throw new GeorepError('refused', 'GR-LINK-EXISTS', `link "${request.name}" exists, with another throttle`, {
      stateNow,
      next: commandLine(options, 'link', 'alter', request.name, '--throttle', `${options.throttle}B/s`),
    })
  }
  if (options.groups === undefined) return
  if (existing.groups.toSorted().join('\n') === options.groups.toSorted().join('\n')) return
  throw new GeorepError(
    'refused',
    'GR-LINK-EXISTS',
    `link "${request.name}" exists, with other groups: ${existing.groups.join(', ')}`,
    { stateNow, next: commandLine(options, 'link', 'describe', request.name) },
  )
}

export function renderLinkCreate(view: LinkCreateView, style: Style): string {
  const { link, outcome, engine, source, destination, groups, throttleBytesPerSecond: throttle, fence } = view
  const happened = {
    planned: { text: 'would be created; nothing was changed', paint: style.warn },
    created: { text: 'created', paint: style.ok },
    unchanged: { text: 'there already; nothing was changed', paint: style.ok },
  }[outcome]
  return facts([
    ['Link', link],
    ['Outcome', happened],
    ['Engine', engineText(engine)],
    ['Source', clusterText(source)],
    ['Destination', clusterText(destination)],
    ...(throttle === null ? [] : [['Throttle', `${textFromBytes(throttle)}/s, all mirrors together`] as const]),
    ['Groups', groups.length === 0 ? 'none' : groups.join(', ')],
    ['Fence', { text: fenceText(fence), paint: fence === 'permitted' ? style.ok : style.warn }],
  ])
}

function fenceText(fence: LinkPlan['fence']): string {
  return { permitted: 'permitted', notPermitted: 'not permitted', unknown: 'not known to be permitted' }[fence]
}

function fenceWarning({ destination, fence }: LinkCreateView): string {
  return (
    `warning: on cluster "${destination.name}" the fence is ${fenceText(fence)}: after a failover its brokers could not be told to refuse a late runner, ` +
    'so that mirror failover will refuse unless it is given --unfenced; to permit it, grant Alter on the cluster\n'
  )
}
