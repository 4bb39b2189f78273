import { type ErrorKind, GeorepError } from '../../core/errors.ts'
import { anySignal } from '../../core/time.ts'
import { describe } from '../../kafka/describe.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import { ExitCode } from '../exit.ts'
import { failureOr, failureText } from '../observed.ts'
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
  /** Null when it does not tell. */
  readonly answer: ClusterAnswer | null
  /** Why it does not. */
  readonly why: string | null
}

/** What the table says of a cluster. */
type ClusterState = 'up' | 'unreachable' | 'cannot be asked' | 'not asked'

/** A row, and how it came about. */
export type Asked = ClusterRow & { readonly state: ClusterState }

export async function runClusterList(options: ClusterListOptions, context: Context): Promise<ExitCode> {
  const { io, signal } = context
  const config = await openConfig(options, context)
  const rows = await Promise.all(
    [...config.clusters].map(async ([name, { region, bootstrap }]): Promise<Asked> => {
      const head = { name, region: region ?? null, bootstrap: bootstrap ?? [] }
      const asked = await failureOr(askOne(name, config, context), signal)
      return asked instanceof GeorepError
        ? { ...head, answer: null, why: failureText(asked), state: stateOf(asked.kind) }
        : { ...head, answer: asked, why: null, state: 'up' }
    }),
  )
  const clusters = rows.map(({ state: _, ...row }): ClusterRow => row)
  if (options.output !== 'table') io.out(documentText(options.output, 'georep.clusters/1', { clusters }))
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

/** One that answers and does not let us in, speaks no version of ours or is no Kafka, is there; what the file does not tell how to reach was asked nothing. */
function stateOf(failure: ErrorKind): ClusterState {
  if (failure === 'unreachable' || failure === 'timedOut' || failure === 'unknown') return 'unreachable'
  return failure === 'config' ? 'not asked' : 'cannot be asked'
}

function renderClusterList(rows: readonly Asked[], style: Style): string {
  return table(
    [
      ...['CLUSTER', 'STATE', 'REGION', 'CLUSTER ID', 'VERSION'].map((title) => ({ title })),
      { title: 'BROKERS', align: 'right' },
      { title: 'AUTHORIZER' },
    ],
    rows.map(({ name, region, answer, state }) => [
      name,
      { text: state, paint: state === 'up' ? style.ok : style.bad },
      region ?? '-',
      answer?.clusterId ?? 'unknown',
      answer === null ? 'unknown' : versionText(answer),
      answer?.brokers.length ?? 'unknown',
      answer === null ? 'unknown' : answer.hasAuthorizer ? 'yes' : 'no',
    ]),
  )
}
