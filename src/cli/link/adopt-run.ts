import { GeorepError } from '../../core/errors.ts'
import { connectorRoles } from '../../engines/connectors.ts'
import { type Adoption, adoptLink, planAdoption } from '../../engines/mm2/adopt-link.ts'
import { refuseBlockedLink } from '../../engines/new-link.ts'
import { actOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import { openConnect } from '../connect-of.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import { ExitCode } from '../exit.ts'
import { clusterText, clusterView, type ClusterView } from '../figures.ts'
import { openLinkClusters } from '../open.ts'
import { printable } from '../printable.ts'
import { styleOf, type Style } from '../style.ts'
import { facts, table } from '../table.ts'
import { groupsOrNone, type OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface LinkAdoptOptions extends GlobalOptions {
  readonly name: string
  readonly source: string | undefined
  readonly destination: string | undefined
  readonly connect: string | undefined
  readonly connectors: readonly string[] | undefined
  readonly groups: readonly string[] | undefined
  readonly dryRun: boolean
  readonly takeOver: boolean
  readonly output: OutputFormat
}

/** What is printed of connectors that become a link; the `data` of its JSON document. */
export interface LinkAdoptView {
  readonly link: string
  readonly outcome: 'planned' | 'adopted' | 'unchanged'
  readonly source: ClusterView
  readonly destination: ClusterView
  readonly groups: readonly string[]
  readonly connectUrl: string
  readonly connectors: readonly { readonly role: string; readonly name: string }[]
  readonly mirrors: readonly { readonly topic: string; readonly sourceTopic: string; readonly partitions: number }[]
  /** What georep would have set otherwise, without secrets; nothing of it is changed. `is` null where the key is not set. */
  readonly differences: readonly { readonly connector: string; readonly key: string; readonly is: string | null; readonly wouldBe: string }[] // prettier-ignore
  readonly warnings: readonly string[]
  readonly next: string
}

export async function runLinkAdopt(options: LinkAdoptOptions, context: Context): Promise<ExitCode> {
  const { io, signal } = context
  await using opened = await openLinkClusters(context, options, options.name)
  const { config, source, destination } = opened
  const { connect } = await openConnect(config, destination.name, options.connect, context)
  if (connect === undefined) {
    throw new GeorepError('usage', 'GR-CONNECT-UNNAMED', `which Kafka Connect carries link "${options.name}" is not said`, {
      next: `give --connect http://host:8083, or "connect: { url: … }" in the entry of cluster "${destination.name}" in georep.yaml`,
    }) // prettier-ignore
  }
  const groups = groupsOrNone(options.groups ?? config.defaults.groups)
  const plan = await planAdoption({ name: options.name, groups, source, destination, connect, only: options.connectors }, { signal }) // prettier-ignore
  refuseBlockedLink(plan)
  if (plan.existing?.engine === 'mm2' && !plan.existing.mm2.isAdopted) {
    throw new GeorepError('refused', 'GR-LINK-EXISTS', `link "${options.name}" exists, with connectors of its own`, {
      stateNow: 'nothing was changed',
      next: commandLine(options, 'link', 'describe', options.name),
    })
  }
  if (!options.dryRun) await adoptLink(plan, actOf(context, 'link adopt', options), { signal })
  const isNew = !plan.isThere
  const view = linkAdoptView(plan, {
    outcome: isNew ? (options.dryRun ? 'planned' : 'adopted') : 'unchanged',
    next: commandLine(options, 'link', options.dryRun && isNew ? 'adopt' : 'describe', options.name, ...(options.dryRun && isNew ? adoptFlags(options) : [])), // prettier-ignore
  })
  if (options.output !== 'table') io.out(documentText(options.output, 'georep.link-adopt/1', view))
  else io.out(renderLinkAdopt(view, styleOf(io)))
  for (const warning of view.warnings) io.err(`warning: ${printable(warning)}\n`)
  io.err(`next: ${printable(view.next)}\n`)
  return ExitCode.ok
}

function adoptFlags({ source, destination, connect, connectors, groups }: LinkAdoptOptions): readonly string[] {
  return [
    ...(source === undefined || destination === undefined ? [] : ['--source', source, '--destination', destination]),
    ...(connect === undefined ? [] : ['--connect', connect]),
    ...(connectors === undefined ? [] : ['--connectors', ...connectors]),
    ...(groups === undefined ? [] : ['--groups', ...groups]),
  ]
}

function linkAdoptView(
  { request, sourceId, destinationId, mm2, mirrors, differences, warnings }: Adoption,
  told: Pick<LinkAdoptView, 'outcome' | 'next'>,
): LinkAdoptView {
  const { name, source, destination, groups } = request
  return {
    link: name,
    outcome: told.outcome,
    source: clusterView(source, sourceId),
    destination: clusterView(destination, destinationId),
    groups,
    connectUrl: mm2.connectUrl,
    connectors: connectorRoles.flatMap((role) => {
      const connector = mm2.connectors[role]
      return connector === null ? [] : [{ role, name: connector }]
    }),
    mirrors: mirrors.map(({ mirrorTopic, sourceTopic, partitions }) => ({
      topic: mirrorTopic,
      sourceTopic,
      partitions,
    })),
    differences: differences.map((one) => ({ ...one, is: one.is ?? null })),
    warnings,
    next: told.next,
  }
}

export function renderLinkAdopt(view: LinkAdoptView, style: Style): string {
  const { link, outcome, source, destination, groups, connectUrl, connectors, mirrors, differences } = view
  const happened = {
    planned: { text: 'would be adopted; nothing was changed', paint: style.warn },
    adopted: { text: 'adopted; nothing was changed in Kafka Connect', paint: style.ok },
    unchanged: { text: 'adopted already; nothing was changed', paint: style.ok },
  }[outcome]
  const head = facts([
    ['Link', link],
    ['Outcome', happened],
    ['Source', clusterText(source)],
    ['Destination', clusterText(destination)],
    ['Connect', connectUrl],
    ['Groups', groups.length === 0 ? 'none' : groups.join(', ')],
  ])
  const titles = (...names: readonly string[]): readonly { readonly title: string }[] => names.map((title) => ({ title })) // prettier-ignore
  return [
    head,
    table(titles('CONNECTOR', 'ROLE'), connectors.map(({ name, role }) => [name, role])), // prettier-ignore
    mirrors.length === 0
      ? 'no mirrors: Kafka Connect has no place of any topic yet\n'
      : table(
          titles('MIRROR', 'SOURCE-TOPIC', 'PARTITIONS'),
          mirrors.map(({ topic, sourceTopic, partitions }) => [topic, sourceTopic, partitions]),
        ),
    differences.length === 0
      ? 'georep would have set nothing otherwise\n'
      : table(
          titles('CONNECTOR', 'KEY', 'IS', 'GEOREP-WOULD-SET'),
          differences.map(({ connector, key, is, wouldBe }) => [connector, key, is ?? '(not set)', wouldBe]),
        ),
  ].join('\n')
}
