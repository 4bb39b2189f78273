import { loadConfig, type Config } from '../../config/load.ts'
import { redactedCluster, type RedactedCluster, type RedactedSasl } from '../../config/redacted.ts'
import { textFromDurationMs } from '../../core/duration.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { documentText } from '../document.ts'
import { facts, table } from '../table.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface ConfigShowOptions extends GlobalOptions {
  readonly output: OutputFormat
}

export async function runConfigShow({ config, output }: ConfigShowOptions, context: Context): Promise<ExitCode> {
  const view = await viewOf(await loadConfig(config, context))
  context.io.out(output !== 'table' ? documentText(output, 'georep.config/1', view) : renderConfigShow(view))
  return ExitCode.ok
}

interface Setting {
  readonly name: string
  readonly value: string | readonly string[] | number | bigint | null
  /** `georep.yaml:4:7`, or `built in`. */
  readonly from: string
}

interface View {
  readonly file: string
  readonly by: Config['by']
  readonly clusters: readonly ({ readonly name: string; readonly from: string } & RedactedCluster)[]
  readonly settings: readonly Setting[]
}

async function viewOf(config: Config): Promise<View> {
  const { file, by, clusters, defaults, objectives, whereIs } = config
  const setting = (name: string, path: readonly string[], value: Setting['value']): Setting => ({
    name,
    value,
    from: whereIs(path) ?? 'built in',
  })
  return {
    file,
    by,
    clusters: await Promise.all(
      [...clusters].map(async ([name, entry]) => ({
        name,
        from: whereIs(['clusters', name]) ?? file,
        ...(await redactedCluster(config, name, entry)),
      })),
    ),
    settings: [
      setting('defaults.engine', ['defaults', 'engine'], defaults.engine),
      setting('defaults.groups', ['defaults', 'groups'], defaults.groups),
      setting('objectives.rtoMs', ['objectives', 'rto'], objectives.rtoMs),
      setting('objectives.rpoMs', ['objectives', 'rpo'], objectives.rpoMs),
      setting('objectives.rpoRecords', ['objectives', 'rpoRecords'], objectives.rpoRecords ?? null),
      setting('objectives.lagMs', ['objectives', 'lag'], objectives.lagMs ?? null),
      ...(['topics', 'groups'] as const).flatMap((of) =>
        objectives[of].map(({ glob, lagMs }) =>
          setting(`objectives.${of}.${glob}.lagMs`, ['objectives', of, glob, 'lag'], lagMs),
        ),
      ),
    ],
  }
}

function renderConfigShow({ file, by, clusters, settings }: View): string {
  return [
    facts([
      ['File', file],
      ['Chosen by', by],
    ]),
    table(
      ['CLUSTER', 'BOOTSTRAP', 'REGION', 'TLS', 'SASL', 'FROM'].map((title) => ({ title })),
      clusters.map(({ name, bootstrap, region, tls, sasl, from }) => [
        name,
        bootstrap.join(','),
        region ?? '-',
        tls === null ? 'no' : tlsText(tls),
        sasl === null ? 'no' : saslText(sasl),
        from,
      ]),
    ),
    ...propertiesTable(clusters),
    ...connectTable(clusters),
    table(
      ['SETTING', 'VALUE', 'FROM'].map((title) => ({ title })),
      settings.map(({ name, value, from }) => [name.replace(/Ms$/, ''), valueText(name, value), from]),
    ),
  ].join('\n')
}

function saslText(sasl: RedactedSasl): string {
  if ('password' in sasl) return `${sasl.mechanism} ${sasl.username} ${sasl.password}`
  return `${sasl.mechanism} ${sasl.clientId} ${sasl.clientSecret} at ${sasl.tokenEndpoint}`
}

function propertiesTable(clusters: View['clusters']): readonly string[] {
  const rows = clusters.flatMap(({ name, properties }) =>
    properties === null ? [] : [[name, properties.file, properties.ignored.join(', ') || '-']],
  )
  return rows.length === 0
    ? []
    : [
        table(
          ['CLUSTER', 'PROPERTIES', 'IGNORED'].map((title) => ({ title })),
          rows,
        ),
      ]
}

function connectTable(clusters: View['clusters']): readonly string[] {
  const rows = clusters.flatMap(({ name, connect }) => {
    if (connect === null) return []
    const { url, username, password } = connect
    const tls = url.startsWith('https:') ? tlsText({ ...connect, skipHostnameCheck: false }) : 'no'
    return [[name, url, tls, username === null ? 'no' : `${username} ${password ?? ''}`]]
  })
  return rows.length === 0
    ? []
    : [
        table(
          ['CLUSTER', 'CONNECT', 'TLS', 'USER'].map((title) => ({ title })),
          rows,
        ),
      ]
}

type Tls = NonNullable<View['clusters'][number]['tls']>

function tlsText({ ca, cert, skipHostnameCheck }: Omit<Tls, 'key'>): string {
  return [
    ca === null ? 'public CAs' : `CA ${ca}`,
    ...(cert === null ? [] : [`certificate ${cert}`]),
    ...(skipHostnameCheck ? ['host name not checked'] : []),
  ].join(', ')
}

function valueText(name: string, value: Setting['value']): string {
  if (value === null) return 'none'
  if (typeof value === 'number' && name.endsWith('Ms')) return textFromDurationMs(value)
  return Array.isArray(value) ? value.join(', ') : value.toString()
}
