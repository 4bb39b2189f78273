import { describe } from '../../kafka/describe.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import { ExitCode } from '../exit.ts'
import { openClusters, openConfig } from '../open-clusters.ts'
import { printable } from '../printable.ts'
import { styleOf, type Style } from '../style.ts'
import { facts, table } from '../table.ts'
import { permissionsOn, type VerbPermission } from './permitted.ts'
import { answerView, versionText, type ClusterAnswer } from './view.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface ClusterDescribeOptions extends GlobalOptions {
  readonly name: string
  readonly output: OutputFormat
}

/** What is printed of one cluster; the `data` of its JSON document. */
export interface ClusterView extends ClusterAnswer {
  readonly name: string
  readonly bootstrap: readonly string[]
  /** Null when the file does not tell: the brokers name who comes with a certificate or a token. */
  readonly principal: string | null
  /** On the cluster as a whole; null when it is not told. */
  readonly rights: readonly string[] | null
  readonly verbs: readonly VerbPermission[]
}

export async function runClusterDescribe(options: ClusterDescribeOptions, context: Context): Promise<ExitCode> {
  const { io, signal } = context
  const config = await openConfig(options, context)
  await using opened = await openClusters(config, [options.name], context)
  const cluster = opened.clusters.get(options.name)
  if (cluster === undefined) throw new TypeError(`cluster "${options.name}" was not opened`)
  const found = await describe(cluster, { signal })
  const view: ClusterView = {
    name: options.name,
    bootstrap: cluster.bootstrap,
    principal: cluster.principal ?? null,
    ...answerView(found),
    rights: found.rights === undefined ? null : [...found.rights],
    verbs: await permissionsOn(cluster, found, { signal }),
  }
  if (options.output !== 'table') io.out(documentText(options.output, 'georep.cluster/1', view))
  else io.out(renderCluster(view, styleOf(io)))
  const grants = [...new Set(view.verbs.flatMap(({ lacks }) => lacks.map(({ grant }) => grant)))]
  if (grants.length > 0)
    io.err(`\nto grant what is lacking:\n${grants.map((grant) => `  ${printable(grant)}\n`).join('')}`)
  return ExitCode.ok
}

function renderCluster(view: ClusterView, style: Style): string {
  const { name, clusterId, bootstrap, brokers, controllerId, hasAuthorizer, principal, rights } = view
  const head = facts([
    ['Cluster', name],
    ['Id', clusterId],
    ['Bootstrap', bootstrap.join(', ')],
    ['Version', versionText(view)],
    ['Controller', controllerId?.toString() ?? 'not shown to clients'],
    ['Authorizer', hasAuthorizer ? 'yes' : 'no: everybody may do everything'],
    ['Principal', principal ?? 'as the brokers take it from the certificate or token'],
    ['On the cluster', rights === null ? 'not told' : rights.length === 0 ? 'nothing that is told' : rights.join(', ')],
  ])
  const nodes = table(
    [{ title: 'BROKER', align: 'right' }, { title: 'ADDRESS' }, { title: 'RACK' }],
    brokers.map(({ id, host, port, rack }) => [id, `${host}:${port}`, rack ?? '-']),
  )
  if (!hasAuthorizer) return `${head}\n${nodes}`
  const permitted = table(
    [{ title: 'VERB' }, { title: 'AS' }, { title: 'LACKS' }],
    view.verbs.map(({ verb, side, lacks, unknown }) => [
      verb,
      side,
      lacks.length > 0
        ? { text: lacks.map(({ right }) => right).join(', '), paint: style.bad }
        : unknown.length > 0
          ? { text: 'nothing that is told', paint: style.warn }
          : { text: 'nothing', paint: style.ok },
    ]),
  )
  return `${head}\n${nodes}\n${permitted}`
}
