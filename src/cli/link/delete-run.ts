import { GeorepError } from '../../core/errors.ts'
import type { LinkDeletionPlan } from '../../engines/engine.ts'
import { shownState } from '../../engines/shown-state.ts'
import { actOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import { confirmTyped, requireConfirmable } from '../confirm.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { clusterText, clusterView, type ClusterView } from '../figures.ts'
import { documentText } from '../document.ts'
import { openLink, type OpenLink } from '../open.ts'
import { printable } from '../printable.ts'
import { renderError } from '../render-error.ts'
import { styleOf, type Style } from '../style.ts'
import { facts } from '../table.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface LinkDeleteOptions extends GlobalOptions {
  readonly name: string
  readonly withMirrors: boolean
  readonly confirm: string | undefined
  readonly dryRun: boolean
  readonly takeOver: boolean
  readonly output: OutputFormat
}

/** What is printed of a link that is deleted; the `data` of its JSON document. */
export interface LinkDeleteView {
  readonly link: string
  readonly outcome: 'planned' | 'applied'
  readonly destination: ClusterView
  /** Their topics stay. */
  readonly mirrors: readonly { readonly topic: string; readonly state: string }[]
  /** In Kafka Connect; none where a runner carries it. */
  readonly connectors: readonly { readonly name: string; readonly fate: 'deleted' | 'left' }[]
  readonly blockers: readonly string[]
  readonly next: string
}

export async function runLinkDelete(options: LinkDeleteOptions, context: Context): Promise<ExitCode> {
  const { io, signal } = context
  const { name } = options
  const confirmation = { what: `delete link "${name}"`, expected: name, given: options.confirm, io }
  if (!options.dryRun) requireConfirmable(confirmation)
  await using opened = await openLink(context, options, name)
  const { engine, target } = opened
  const plan = await engine.planLinkDeletion(target, { signal })
  const refusal = refusalOf(plan, options)
  const planned = plannedView(opened, plan, options)
  if (options.dryRun) {
    print(planned, options, context)
    if (refusal !== undefined) io.err(renderError(refusal))
    return refusal === undefined ? ExitCode.ok : ExitCode.refused
  }
  io.err(`${renderLinkDelete(planned, styleOf({ hasColor: false }))}\n`)
  if (refusal !== undefined) throw refusal
  await confirmTyped(confirmation, { signal })
  const by = { ...actOf(context, 'link delete', options), withMirrors: options.withMirrors }
  await engine.deleteLink(target, by, { signal })
  const done: LinkDeleteView = { ...planned, outcome: 'applied', next: commandLine(options, 'link', 'list') }
  print(done, options, context)
  io.err(`next: ${printable(done.next)}\n`)
  return ExitCode.ok
}

function print(view: LinkDeleteView, { output }: LinkDeleteOptions, { io }: Context): void {
  io.out(output !== 'table' ? documentText(output, 'georep.link-delete/1', view) : renderLinkDelete(view, styleOf(io)))
}

function plannedView(
  { target: { link, destination, state } }: OpenLink,
  plan: LinkDeletionPlan,
  options: LinkDeleteOptions,
): LinkDeleteView {
  return {
    link: link.name,
    outcome: 'planned',
    destination: clusterView(destination, link.destination.clusterId),
    mirrors: plan.mirrors.map((record) => ({
      topic: record.mirrorTopic,
      state: shownState(record, state).state,
    })),
    connectors: (plan.connectors?.names ?? []).map((each) => ({ name: each, fate: plan.connectors?.areLeft === true ? 'left' : 'deleted' })), // prettier-ignore
    blockers: plan.blockers.filter(({ isOfMirrors }) => !isOfMirrors || !options.withMirrors).map(({ why }) => why),
    next: commandLine(options, 'link', 'delete', link.name, ...(options.withMirrors ? ['--with-mirrors'] : [])),
  }
}

/** Undefined when nothing stands in its way. */
function refusalOf({ runner, blockers }: LinkDeletionPlan, options: LinkDeleteOptions): GeorepError | undefined {
  const { name } = options
  const open = blockers.filter(({ isOfMirrors }) => !isOfMirrors || !options.withMirrors)
  if (open.length === 0) return undefined
  const shown = open.slice(0, 3).map(({ why }) => why)
  const more = open.length > shown.length ? `; and ${open.length - shown.length} more` : ''
  const isOfMirrors = open.some((one) => one.isOfMirrors)
  const next = [
    ...(runner === undefined ? [] : [`stop the runner (pid ${runner.pid} on ${runner.host})`]),
    ...open.flatMap((one) => one.next ?? []),
    ...(isOfMirrors
      ? [
          'open the mirrors for writes, or take them off, or have them go with the link, which leaves their topics as they are:',
          commandLine(options, 'mirror', 'failover', '--link', name, '--all'),
          commandLine(options, 'mirror', 'delete', '<topic>', '--link', name),
          commandLine(options, 'link', 'delete', name, '--with-mirrors'),
        ]
      : []),
  ]
  return new GeorepError('refused', 'GR-LINK-DELETE-BLOCKED', `link "${name}" cannot be deleted: ${shown.join('; ')}${more}`, {
    stateNow: 'nothing was changed',
    next: next.length === 0 ? 'see to what stands in its way, then run the same command again' : next.join('\n'),
  })
} // prettier-ignore

export function renderLinkDelete(view: LinkDeleteView, style: Style): string {
  const { link, outcome, destination, mirrors, connectors, blockers } = view
  const named = (fate: 'deleted' | 'left'): string => connectors.filter((one) => one.fate === fate).map(({ name }) => name).join(', ')
  const [gone, left] = [named('deleted'), named('left')]
  const isDone = outcome === 'applied'
  return facts([
    ['Link', link],
    ['Outcome', isDone ? { text: 'deleted', paint: style.ok } : { text: 'would be deleted; nothing was changed', paint: style.warn }],
    ['Destination', clusterText(destination)],
    ['Deletes', `what topic "__georep" says of the link and ${mirrors.length} ${mirrors.length === 1 ? 'mirror' : 'mirrors'}`],
    ['Leaves', mirrors.length === 0 ? 'all topics and committed offsets' : `all topics and committed offsets; topics of mirrors: ${topicsText(mirrors)}`],
    ...(gone === '' ? [] : [['Connectors', `deletes ${gone}`] as const]),
    ...(left === '' ? [] : [['Connectors', `leaves ${left}, which were there before the link, as they are`] as const]),
    ...blockers.slice(0, 10).map((why) => ['Refused', { text: why, paint: style.bad }] as const),
  ])
} // prettier-ignore

function topicsText(mirrors: LinkDeleteView['mirrors']): string {
  const shown = mirrors.slice(0, 10).map(({ topic, state }) => `${topic} (${state})`)
  return mirrors.length > shown.length ? `${shown.join(', ')} and ${mirrors.length - shown.length} more` : shown.join(', ') // prettier-ignore
}
