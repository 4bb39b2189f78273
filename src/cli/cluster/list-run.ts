import { GeorepError } from '../../core/errors.ts'
import { anySignal } from '../../core/time.ts'
import { describe } from '../../kafka/describe.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import { ExitCode } from '../exit.ts'
import { whyOr } from '../observed.ts'
import { openClusters, openConfig } from '../open-clusters.ts'
import { printable } from '../printable.ts'
import { styleOf, type Style } from '../style.ts'
import { table } from '../table.ts'
import { answerView, versionText, type ClusterAnswer } from './view.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface ClusterListOptions extends GlobalOptions {
  readonly output: OutputFormat
}

const askMs = 10_000

/** A row; the `clusters` of its JSON document. */
export interface ClusterRow {
  readonly name: string
  readonly region: string | null
  readonly bootstrap: readonly string[]
  /** Null when it does not answer. */
  readonly answer: ClusterAnswer | null
  /** Why it does not. */
  readonly why: string | null
}

export async function runClusterList(options: ClusterListOptions, context: Context): Promise<ExitCode> {
  const { io, signal } = context
  const config = await openConfig(options, context)
  const rows = await Promise.all(
    [...config.clusters].map(async ([name, { region, bootstrap }]): Promise<ClusterRow> => {
      const head = { name, region: region ?? null, bootstrap: bootstrap ?? [] }
      const asked = await whyOr(askOne(name, config, context), signal)
      return typeof asked === 'string' ? { ...head, answer: null, why: asked } : { ...head, answer: asked, why: null }
    }),
  )
  if (options.output !== 'table') io.out(documentText(options.output, 'georep.clusters/1', { clusters: rows }))
  else io.out(renderClusterList(rows, styleOf(io)))
  for (const { name, why } of rows) {
    if (why !== null) io.err(`warning: cluster "${printable(name)}": ${printable(why)}\n`)
  }
  return rows.every(({ why }) => why === null) ? ExitCode.ok : ExitCode.unknown
}

async function askOne(
  name: string,
  config: Awaited<ReturnType<typeof openConfig>>,
  context: Context,
): Promise<ClusterAnswer> {
  await using opened = await openClusters(config, [name], context)
  const cluster = opened.clusters.get(name)
  if (cluster === undefined) throw new TypeError(`cluster "${name}" was not opened`)
  const deadline = AbortSignal.timeout(askMs)
  try {
    return answerView(await describe(cluster, { signal: anySignal(context.signal, deadline) }))
  } catch (error) {
    context.signal.throwIfAborted()
    if (!deadline.aborted) throw error
    throw new GeorepError('timedOut', 'GR-CLUSTER-SLOW', `it has not answered within ${askMs / 1_000} s`)
  }
}

export function renderClusterList(rows: readonly ClusterRow[], style: Style): string {
  return table(
    [
      ...['CLUSTER', 'STATE', 'REGION', 'CLUSTER ID', 'VERSION'].map((title) => ({ title })),
      { title: 'BROKERS', align: 'right' },
      { title: 'AUTHORIZER' },
    ],
    rows.map(({ name, region, answer }) => [
      name,
      answer === null ? { text: 'unreachable', paint: style.bad } : { text: 'up', paint: style.ok },
      region ?? '-',
      answer?.clusterId ?? 'unknown',
      answer === null ? 'unknown' : versionText(answer),
      answer?.brokers.length ?? 'unknown',
      answer === null ? 'unknown' : answer.hasAuthorizer ? 'yes' : 'no',
    ]),
  )
}
