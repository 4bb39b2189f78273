import { connectorClient } from '../../config/connector-client.ts'
import type { Config } from '../../config/load.ts'
import { hasLiteralSecret, redactedConfig } from '../../connect/config-secrets.ts'
import { GeorepError } from '../../core/errors.ts'
import type { ConnectorPlan, ConnectorsPlan, LinkClusters, LinkRequest } from '../../engines/engine.ts'
import { ownKeys } from '../../engines/mm2/connector-configs.ts'
import { commandLine } from '../command-line.ts'
import { openConnect } from '../connect-of.ts'
import type { Context } from '../context.ts'
import type { Style } from '../style.ts'
import { facts, table } from '../table.ts'
import type { LinkCreateOptions } from './create-options.ts'

/** Connectors as documents show them. */
export interface ConnectorsView {
  readonly url: string
  /** Of the worker that answered. */
  readonly version: string
  readonly isExactlyOnce: boolean
  readonly connectors: readonly {
    readonly role: ConnectorPlan['role']
    readonly name: string
    /** What is, or would be, done. */
    readonly does: ConnectorPlan['does']
    /** Of one that has FAILED: settings that it keeps as somebody has set them. */
    readonly kept: readonly string[]
    /** Of one that has FAILED: settings that it had otherwise, or alone, and that are as georep.yaml says now. */
    readonly replaced: readonly string[]
    /** Without secrets. */
    readonly config: Readonly<Record<string, string>>
  }[]
}

type ConnectorOptions = Pick<
  LinkCreateOptions,
  'name' | 'config' | 'connect' | 'naming' | 'set' | 'wan' | 'inlineSecrets'
>

/**
 * What connectors are to be made, and by which Kafka Connect.
 *
 * @throws GeorepError "usage" or "config" before anybody is asked
 */
export async function connectorRequest(
  options: ConnectorOptions,
  config: Config,
  { source, destination }: LinkClusters,
  context: Context,
): Promise<Pick<LinkRequest, 'connect' | 'connectors'>> {
  const settings = options.set ?? []
  for (const { key, value } of settings) {
    if (ownKeys.has(key)) throw usage(options, `"${key}" cannot be set: it follows from the link, its names, its mirrors and its groups`) // prettier-ignore
    if (!options.inlineSecrets && hasLiteralSecret(key, value)) {
      throw usage(options, `the value of "${key}" is a secret, which Kafka Connect would show to all who ask; give a reference such as \${env:NAME}, or say --inline-secrets`) // prettier-ignore
    }
  }
  const { connect } = await openConnect(config, destination.name, options.connect, context)
  if (connect === undefined) {
    throw new GeorepError('usage', 'GR-CONNECT-UNNAMED', `which Kafka Connect carries link "${options.name}" is not said`, {
      next: `give --connect http://host:8083, or "connect: { url: … }" in the entry of cluster "${destination.name}" in georep.yaml`,
    }) // prettier-ignore
  }
  const isInline = options.inlineSecrets
  const target = await connectorClient(config, destination.name, { isInline }, context)
  // Workers reach the destination as georep does: by TLS, or without.
  const isOverTls = target['security.protocol']?.endsWith('SSL') === true
  const clients = {
    source: await connectorClient(config, source.name, { isInline }, context),
    target,
    sourceOfWorker: await connectorClient(config, source.name, { isInline, isOverTls }, context),
  }
  const naming = options.naming === 'prefixed' ? 'default' : 'identity'
  return { connect, connectors: { naming, clients, isWan: options.wan, settings } }
}

/** Options that mean something with connectors only. @throws GeorepError "usage" when one of them is given */
export function refuseConnectorOptions(options: LinkCreateOptions): void {
  const { connect, naming, set, wan, inlineSecrets } = options
  const given = Object.entries({ connect, naming, set, wan, 'inline-secrets': inlineSecrets })
  const [first] = given.find(([, value]) => value !== undefined && value !== false) ?? []
  if (first !== undefined) throw usage(options, `--${first} is for --engine mm2`)
}

function usage(options: Pick<LinkCreateOptions, 'name' | 'config'>, message: string): GeorepError {
  return new GeorepError('usage', 'GR-CONNECTOR-OPTION', message, { next: commandLine(options, 'link', 'create', '--help') }) // prettier-ignore
}

/** As they would have to be typed again; of values that may be secret the keys alone. */
export function connectorFlags(options: LinkCreateOptions): readonly string[] {
  const { engine, connect, naming, set = [], wan, inlineSecrets } = options
  const texts = set.map(({ role, key, value }) => `${role === undefined ? '' : `${role === 'returnHeartbeat' ? 'return-heartbeat' : role}:`}${key}=${redactedConfig({ [key]: value })[key] ?? ''}`) // prettier-ignore
  return [
    ...(engine === undefined ? [] : ['--engine', engine]),
    ...(connect === undefined ? [] : ['--connect', connect]),
    ...(naming === undefined ? [] : ['--naming', naming]),
    ...(wan ? ['--wan'] : []),
    ...(inlineSecrets ? ['--inline-secrets'] : []),
    ...(texts.length === 0 ? [] : ['--set', ...texts]),
  ]
}

export function connectorsView({ url, version, isExactlyOnce, connectors }: ConnectorsPlan): ConnectorsView {
  return {
    url,
    version,
    isExactlyOnce,
    connectors: connectors.map(({ role, name, does, config, remade }) => ({ role, name, does, kept: remade?.kept ?? [], replaced: remade?.replaced ?? [], config: redactedConfig(config) })), // prettier-ignore
  }
}

/** @param isPlanned with the configurations, which are of interest before they are there */
export function renderConnectors(
  { url, version, isExactlyOnce, connectors }: ConnectorsView,
  style: Style,
  isPlanned: boolean,
): string {
  const words = isPlanned
    ? {
        create: 'would be created',
        start: 'would be started',
        remake: 'has FAILED, would be made anew',
        none: 'there already',
      }
    : { create: 'created', start: 'started', remake: 'had FAILED, was made anew', none: 'there already' }
  const paint = isPlanned ? style.warn : style.ok
  const remade = connectors.flatMap(({ name, kept, replaced }) => [
    ...(kept.length === 0 ? [] : [['Kept', `${name}: ${kept.join(', ')} (as set before)`] as const]),
    ...(replaced.length === 0 ? [] : [['New', `${name}: ${replaced.join(', ')} (as georep.yaml says now)`] as const]),
  ])
  return [
    facts([
      ['Connect', `${url} (Kafka ${version})`],
      ['Exactly once', isExactlyOnce ? 'yes' : { text: 'no: records may be copied twice when a worker dies', paint: style.warn }], // prettier-ignore
    ]),
    table(
      [{ title: 'CONNECTOR' }, { title: 'OUTCOME' }],
      connectors.map(({ name, does }) => [name, does === 'none' ? words.none : { text: words[does], paint }]),
    ),
    ...(remade.length === 0 ? [] : [facts(remade)]),
    ...(isPlanned ? connectors.filter(({ does }) => does !== 'none').map(configTable) : []),
  ].join('\n')
}

function configTable({ name, config }: ConnectorsView['connectors'][number]): string {
  return table(
    [{ title: name }, { title: 'VALUE' }],
    // The text of a certificate has many lines.
    Object.entries(config).map(([key, value]) => [key, value.includes('\n') ? `(${value.split('\n').length} lines)` : value]), // prettier-ignore
  )
}
