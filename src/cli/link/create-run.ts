import { textFromBytes } from '../../core/bytes.ts'
import { GeorepError } from '../../core/errors.ts'
import { areSameNames } from '../../core/same-names.ts'
import type { LinkPlan } from '../../engines/engine.ts'
import { helpForBlocked } from '../../engines/new-link.ts'
import { actOf } from '../actor.ts'
import { groupsOrNone } from '../args.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { clusterText, clusterView, type ClusterView } from '../figures.ts'
import { documentText } from '../document.ts'
import { engineOf, openLinkClusters } from '../open.ts'
import { printable } from '../printable.ts'
import { styleOf, type Style } from '../style.ts'
import { facts } from '../table.ts'
import type { LinkCreateOptions } from './create-options.ts'
import {
  connectorFlags,
  connectorRequest,
  connectorsView,
  type ConnectorsView,
  refuseConnectorOptions,
  renderConnectors,
} from './create-connectors.ts'
import { protectFor, protectWords } from './protect-options.ts'
import { resourcesToSync, syncAclsWords, syncedAclsText } from './sync-acls-options.ts'

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
  /** Patterns of topic settings that are not copied. */
  readonly syncConfigsExclude: readonly string[]
  /** Which ACLs its runner brings over, by patterns of the names that they are about; null when none. */
  readonly syncAcls: { readonly resources: readonly string[] } | null
  /** Others than this principal are denied Write on its mirrors; null where nobody is. */
  readonly protect: { readonly principal: string } | null
  /** Whether the destination's brokers may be told to refuse a late runner. */
  readonly fence: LinkPlan['fence'] | 'notNeeded'
  /** Null where a runner carries it. */
  readonly connect: ConnectorsView | null
  readonly next: string
}

export async function runLinkCreate(options: LinkCreateOptions, context: Context): Promise<ExitCode> {
  const { io, signal } = context
  await using opened = await openLinkClusters(context, options, options.name)
  const { config, source, destination } = opened
  const engine = engineOf({ engine: options.engine ?? config.defaults.engine })
  if (engine.name !== 'mm2') refuseConnectorOptions(options)
  const carried = engine.name === 'mm2' ? await connectorRequest(options, config, { source, destination }, context) : {}
  const groups = groupsOrNone(options.groups ?? config.defaults.groups)
  const syncAcls = resourcesToSync(options)
  const principal = protectFor(options, destination, engine, 'create')
  const plan = await engine.planLink(
    { name: options.name, groups, source, destination, throttleBytesPerSecond: options.throttle, syncConfigsExclude: options.syncConfigsExclude, syncAcls, protectFor: principal, ...carried }, // prettier-ignore
    { signal },
  )
  refuseBlocked(plan, options, principal)
  const by = actOf(context, 'link create', options)
  const record = options.dryRun ? plan.existing : await engine.createLink(plan, by, { signal })
  const isMade = plan.existing === undefined || plan.connectors?.connectors.some(({ does }) => does !== 'none') === true
  const view: LinkCreateView = {
    link: options.name,
    outcome: isMade ? (options.dryRun ? 'planned' : 'created') : 'unchanged',
    engine: engine.name,
    source: clusterView(source, plan.sourceId),
    destination: clusterView(destination, plan.destinationId),
    groups: record?.groups ?? groups,
    throttleBytesPerSecond: record === undefined ? (options.throttle ?? null) : record.throttleBytesPerSecond,
    syncConfigsExclude: record?.syncConfigsExclude ?? options.syncConfigsExclude ?? [],
    syncAcls: record === undefined ? (syncAcls === undefined ? null : { resources: syncAcls }) : record.syncAcls,
    protect: record === undefined ? (principal === undefined ? null : { principal }) : record.protect,
    fence: engine.capabilities.needsRunner ? plan.fence : 'notNeeded',
    connect: plan.connectors === undefined ? null : connectorsView(plan.connectors),
    next: nextOf(options, { isPlanned: options.dryRun && isMade, needsRunner: engine.capabilities.needsRunner }),
  }
  if (options.output !== 'table') io.out(documentText(options.output, 'georep.link-create/1', view))
  else io.out(renderLinkCreate(view, styleOf(io)))
  if (view.fence !== 'permitted' && view.fence !== 'notNeeded') io.err(fenceWarning(view, view.fence))
  const anew = settingsForgotten(plan)
  if (anew !== undefined) io.err(`warning: ${printable(anew)}\n`)
  io.err(`next: ${printable(view.next)}\n`)
  return ExitCode.ok
}

/** What was set of a connector Kafka Connect alone knew. Undefined where none of the link's is missing. */
export function settingsForgotten({ existing, connectors }: Pick<LinkPlan, 'existing' | 'connectors'>): string | undefined {
  const missing = (connectors?.connectors ?? []).filter(({ does }) => does === 'create').map(({ name }) => `"${name}"`)
  if (existing === undefined || missing.length === 0) return undefined
  return `Kafka Connect had no ${missing.join(', ')}: only what this command sets is set of what is made in its place; what an earlier --set or --wan had set of one that was deleted is not known any more`
} // prettier-ignore

function nextOf(
  options: LinkCreateOptions,
  { isPlanned, needsRunner }: { readonly isPlanned: boolean; readonly needsRunner: boolean },
): string {
  const { name } = options
  if (isPlanned) return commandLine(options, 'link', 'create', name, ...createFlags(options))
  return needsRunner
    ? commandLine(options, 'link', 'run', name)
    : commandLine(options, 'mirror', 'create', '<topic>', '--link', name)
}

function createFlags(options: LinkCreateOptions): readonly string[] {
  const { groups, source, destination, throttle, syncConfigsExclude: exclude } = options
  return [
    ...(source === undefined || destination === undefined ? [] : ['--source', source, '--destination', destination]),
    ...(throttle === undefined ? [] : ['--throttle', `${throttle}B/s`]),
    ...(exclude === undefined ? [] : ['--sync-configs-exclude', ...exclude]),
    ...syncAclsWords(options),
    ...protectWords(options),
    ...(groups === undefined ? [] : ['--groups', ...groups]),
    ...connectorFlags(options),
  ]
}

/** A link that is there and differs from what was asked for is not what the operator would take it for. */
function refuseBlocked(plan: LinkPlan, options: LinkCreateOptions, principal: string | undefined): void {
  const { request, existing, blockers } = plan
  const stateNow = 'nothing was changed'
  if (blockers.length > 0) {
    const message = `link "${request.name}" cannot be created: ${blockers.join('; ')}`
    const help = helpForBlocked(plan)
    const next = typeof help === 'string' ? help : commandLine(options, ...help)
    throw new GeorepError('refused', 'GR-LINK-BLOCKED', message, { stateNow, next })
  }
  if (existing === undefined) return
  if (options.throttle !== undefined && options.throttle !== existing.throttleBytesPerSecond) {
    throw new GeorepError('refused', 'GR-LINK-EXISTS', `link "${request.name}" exists, with another throttle`, {
      stateNow,
      next: commandLine(options, 'link', 'alter', request.name, '--throttle', `${options.throttle}B/s`),
    })
  }
  const { syncConfigsExclude: exclude } = options
  if (exclude !== undefined && !areSameNames(exclude, existing.syncConfigsExclude)) {
    throw new GeorepError('refused', 'GR-LINK-EXISTS', `link "${request.name}" exists, and leaves out other settings`, {
      stateNow,
      next: commandLine(options, 'link', 'alter', request.name, '--sync-configs-exclude', ...exclude),
    })
  }
  if (options.sync !== undefined && !areSameNames(resourcesToSync(options) ?? [], existing.syncAcls?.resources ?? [])) {
    throw new GeorepError(
      'refused',
      'GR-LINK-EXISTS',
      `link "${request.name}" exists, and brings over other ACLs, or none`,
      {
        stateNow,
        next: commandLine(options, 'link', 'alter', request.name, ...syncAclsWords(options)),
      },
    )
  }
  if (options.protect !== undefined && principal !== existing.protect?.principal) {
    const is = existing.protect === null ? 'and does not protect its mirrors' : `and protects its mirrors for ${existing.protect.principal}` // prettier-ignore
    throw new GeorepError('refused', 'GR-LINK-EXISTS', `link "${request.name}" exists, ${is}`, {
      stateNow,
      next: commandLine(options, 'link', 'alter', request.name, ...protectWords(options)),
    })
  }
  if (options.groups === undefined || areSameNames(existing.groups, groupsOrNone(options.groups))) return
  throw new GeorepError(
    'refused',
    'GR-LINK-EXISTS',
    `link "${request.name}" exists, with other groups: ${existing.groups.length === 0 ? 'none' : existing.groups.join(', ')}`,
    { stateNow, next: commandLine(options, 'link', 'alter', request.name, '--groups', ...options.groups) },
  )
}

export function renderLinkCreate(view: LinkCreateView, style: Style): string {
  const { link, outcome, engine, source, destination, groups, throttleBytesPerSecond: throttle, syncConfigsExclude: exclude, syncAcls, protect, fence, connect } = view // prettier-ignore
  const happened = {
    planned: { text: 'would be created; nothing was changed', paint: style.warn },
    created: { text: 'created', paint: style.ok },
    unchanged: { text: 'there already; nothing was changed', paint: style.ok },
  }[outcome]
  const head = facts([
    ['Link', link],
    ['Outcome', happened],
    ['Engine', engine],
    ['Source', clusterText(source)],
    ['Destination', clusterText(destination)],
    ...(throttle === null ? [] : [['Throttle', `${textFromBytes(throttle)}/s, all mirrors together`] as const]),
    ...(exclude.length === 0 ? [] : [['Not copied', `${exclude.join(', ')} (topic settings)`] as const]),
    ...(syncAcls === null ? [] : [['ACLs', `brought over: ${syncedAclsText(syncAcls.resources)}`] as const]),
    ...(protect === null ? [] : [['Protected', `only ${protect.principal} is to write to its mirrors`] as const]),
    ['Groups', groups.length === 0 ? 'none' : groups.join(', ')],
    ...(fence === 'notNeeded' ? [] : [['Fence', { text: fenceText(fence), paint: fence === 'permitted' ? style.ok : style.warn }] as const]), // prettier-ignore
  ])
  return connect === null ? head : `${head}\n${renderConnectors(connect, style, outcome === 'planned')}`
}

function fenceText(fence: LinkPlan['fence']): string {
  return { permitted: 'permitted', notPermitted: 'not permitted', unknown: 'not known to be permitted' }[fence]
}

function fenceWarning({ destination }: LinkCreateView, fence: LinkPlan['fence']): string {
  return (
    `warning: on cluster "${destination.name}" the fence is ${fenceText(fence)}: after a failover its brokers could not be told to refuse a late runner, ` +
    'so that mirror failover will refuse unless it is given --unfenced; to permit it, grant Alter on the cluster\n'
  )
}
