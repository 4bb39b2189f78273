import type { ConnectCluster, ConnectorConfig } from '../../connect/connect-cluster.ts'
import { redactedConfig } from '../../connect/config-secrets.ts'
import { GeorepError } from '../../core/errors.ts'
import { actingOn } from '../../links/acting.ts'
import { type LinkRecord, type MirrorRecord, type Mm2LinkRecord, stateKey } from '../../links/records.ts'
import { LinkState } from '../../links/state.ts'
import { type ConnectorRole, connectorRoles } from '../connectors.ts'
import type { Act, Cancel, LinkPlan, LinkRequest } from '../engine.ts'
import { lookAtEnds, newLinkBase, refuseBlockedLink, withStateTopic } from '../new-link.ts'
import { type AdoptedMirror, adoptedMirrors, recordOf } from './adopt-mirrors.ts'
import { adoptedAgain, areSame, requireFree, requireSame } from './adopt-connectors.ts'
import { isExactlyOnce } from './connector.ts'
import { failuresOf } from './connector-failures.ts'
import { classOf, connectorConfigs, isOfClass, policyClass } from './connector-configs.ts'
import { wrongCluster } from './plan-link.ts'

/** Connectors that are there already, and what georep would have set otherwise. */
export interface Adoption extends Pick<LinkPlan, 'request' | 'sourceId' | 'destinationId' | 'existing' | 'blockers'> {
  readonly mm2: Mm2LinkRecord['mm2']
  /** Of a link that was adopted before: those that have come since; where none has, all, of which none is written. */
  readonly mirrors: readonly AdoptedMirror[]
  /** Nothing would be written. */
  readonly isThere: boolean
  /** Values are without secrets; undefined where the key is not set. */
  readonly differences: readonly { readonly connector: string; readonly key: string; readonly is: string | undefined; readonly wouldBe: string }[] // prettier-ignore
  readonly warnings: readonly string[]
}

interface Found {
  readonly name: string
  readonly config: ConnectorConfig
}

/** Which connectors carry what the link would, and what its record would be. Changes nothing. */
export async function planAdoption(
  request: LinkRequest & { readonly only: readonly string[] | undefined },
  options: Cancel,
): Promise<Adoption> {
  const { connect, source } = request
  if (connect === undefined) throw new TypeError('a link of MirrorMaker 2 needs Kafka Connect')
  const { state, ...ends } = await lookAtEnds(request, 'mm2', options)
  const { kafkaClusterId } = await connect.root(options)
  if (kafkaClusterId !== ends.destinationId) throw wrongCluster(request, connect, kafkaClusterId, ends.destinationId)
  const found = await foundConnectors(connect, request, ends.existing, options)
  const { config } = found.source
  const [policy] = Object.entries(policyClass).find(([, name]) => name === (config['replication.policy.class'] ?? policyClass.default)) ?? [] // prettier-ignore
  if (policy !== 'identity' && policy !== 'default') {
    throw new GeorepError('unsupported', 'GR-ADOPT-POLICY', `connector "${found.source.name}" has a replication policy of its own, by which names cannot be told`, { stateNow: 'nothing was changed' }) // prettier-ignore
  }
  const mm2: Mm2LinkRecord['mm2'] = {
    connectUrl: connect.url,
    aliases: {
      source: config['source.cluster.alias'] ?? source.name,
      target: config['target.cluster.alias'] ?? 'target',
    },
    connectors: {
      source: found.source.name,
      checkpoint: found.checkpoint.name,
      heartbeat: found.heartbeat?.name ?? null,
      returnHeartbeat: found.returnHeartbeat?.name ?? null,
    },
    naming: { policy, separator: config['replication.policy.separator'] ?? '.' },
    syncsOn: config['offset-syncs.topic.location'] === 'target' ? 'target' : 'source',
    isAdopted: true,
  }
  requireFree(state.links(), { name: request.name, sourceId: ends.sourceId, connectors: mm2.connectors })
  const there = ends.existing?.engine === 'mm2' ? ends.existing.mm2 : undefined
  if (there?.isAdopted === true) requireSame(there, mm2, { connect, link: request.name })
  const { mirrors: all, warnings } = await adoptedMirrors({ connect, config }, request, mm2, options)
  // What was taken off by georep is not carried, and does not come back.
  const come = there === undefined ? all : all.filter((one) => one.isCarried && state.mirror(request.name, one.mirrorTopic) === undefined) // prettier-ignore
  const isThere = there !== undefined && come.length === 0 && areSame(there, mm2)
  return {
    request,
    ...ends,
    mm2,
    mirrors: there !== undefined && come.length === 0 ? all : come,
    isThere,
    differences: await differencesOf(found, request, mm2, options),
    warnings: [...(await failures(connect, found, options)), ...disagreements(found), ...(isThere ? [] : warnings)],
  }
}

/** Writes the link and its mirrors down. Kafka Connect is left as it is. */
export async function adoptLink(plan: Adoption, by: Act, options: Cancel): Promise<LinkRecord> {
  refuseBlockedLink(plan)
  const { request, mm2, mirrors, existing, isThere } = plan
  if (existing !== undefined && isThere) return existing
  const write = async (): Promise<LinkRecord> => {
    const state = new LinkState(request.destination)
    await using acting = await actingOn(state, request.name, by, options)
    const there = state.link(request.name)
    // Somebody else has done something with it meanwhile.
    if (there?.createdAt !== existing?.createdAt) return there ?? refuseGone(request.name)
    requireFree(state.links(), { name: request.name, sourceId: plan.sourceId, connectors: mm2.connectors })
    const record: LinkRecord =
      there?.engine === 'mm2'
        ? { ...there, mm2: adoptedAgain(there.mm2, mm2) }
        : { ...newLinkBase(plan, by), engine: 'mm2', mm2 }
    const at = by.time.now().toISOString()
    const written = mirrors
      .filter(
        ({ mirrorTopic, isCarried }) =>
          state.mirror(request.name, mirrorTopic) === undefined && (there === undefined || isCarried),
      )
      .map((mirror) => [stateKey.mirror(mirror.link, mirror.mirrorTopic), recordOf(mirror, at)] as const)
    await acting.session.write(
      new Map<string, LinkRecord | MirrorRecord>([[stateKey.link(request.name), record], ...written]),
      options,
    )
    return record
  }
  return await withStateTopic(request, write, options)
}

function refuseGone(link: string): never {
  throw new GeorepError('refused', 'GR-LINK-UNKNOWN', `link "${link}" was deleted meanwhile`, { stateNow: 'nothing was changed' }) // prettier-ignore
}

type FoundConnectors = Readonly<Record<'source' | 'checkpoint', Found>> &
  Partial<Readonly<Record<ConnectorRole, Found>>>

async function foundConnectors(
  connect: ConnectCluster,
  { name: link, only, source, destination }: LinkRequest & { readonly only: readonly string[] | undefined },
  existing: LinkRecord | undefined,
  options: Cancel,
): Promise<FoundConnectors> {
  const refused = (message: string): GeorepError => adoptRefused(message, link, existing)
  const byRole = new Map<ConnectorRole, Found[]>()
  for (const name of only ?? (await connect.connectors(options))) {
    const described = await connect.connector(name, options)
    if (described === undefined) {
      if (only === undefined) continue
      throw refused(`Kafka Connect at "${connect.url}" has no connector "${name}"`)
    }
    const { config } = described
    const role = roleOf(config, { source, destination })
    if (role === undefined) {
      if (only === undefined) continue
      throw refused(`connector "${name}" is not one of MirrorMaker from "${source.name}" to "${destination.name}", by its class, aliases and bootstrap servers`) // prettier-ignore
    }
    byRole.set(role, [...(byRole.get(role) ?? []), { name, config }])
  }
  const oneOf = (role: ConnectorRole): Found | undefined => {
    const [first, ...more] = byRole.get(role) ?? []
    if (more.length === 0) return first
    throw refused(`there are several ${classOf[role].replace(/.*\./, '')}s from "${source.name}" to "${destination.name}": ${[first, ...more].map((one) => `"${one?.name ?? ''}"`).join(', ')}`) // prettier-ignore
  }
  const [moves, places] = [oneOf('source'), oneOf('checkpoint')]
  if (moves === undefined) throw refused(`Kafka Connect at "${connect.url}" has no MirrorSourceConnector from "${source.name}" to "${destination.name}"`) // prettier-ignore
  if (places === undefined) throw refused(`Kafka Connect at "${connect.url}" has no MirrorCheckpointConnector from "${source.name}" to "${destination.name}": the places of groups would be lost with the source`) // prettier-ignore
  const [heartbeat, returnHeartbeat] = [oneOf('heartbeat'), oneOf('returnHeartbeat')]
  return {
    source: moves,
    checkpoint: places,
    ...(heartbeat === undefined ? {} : { heartbeat }),
    ...(returnHeartbeat === undefined ? {} : { returnHeartbeat }),
  }
}

function roleOf(config: ConnectorConfig, { source, destination }: Pick<LinkRequest, 'source' | 'destination'>): ConnectorRole | undefined {
  const is = (side: 'source' | 'target', cluster: LinkRequest['source']): boolean => {
    const addresses = (config[`${side}.cluster.bootstrap.servers`] ?? '').split(',').map((one) => one.trim())
    return config[`${side}.cluster.alias`] === cluster.name || addresses.some((one) => cluster.bootstrap.includes(one))
  }
  const isFor = (role: ConnectorRole): boolean => isOfClass(config, role)
  const isForth = is('source', source) && is('target', destination)
  if (isForth) return (['source', 'checkpoint', 'heartbeat'] as const).find(isFor)
  const isBack = is('source', destination) && is('target', source)
  return isBack && isFor('returnHeartbeat') ? 'returnHeartbeat' : undefined
} // prettier-ignore

function adoptRefused(message: string, link: string, existing: LinkRecord | undefined): GeorepError {
  const named = `say which connectors are meant (georep link adopt ${link} --connectors <source> <checkpoint> <heartbeat>)`
  return new GeorepError('refused', 'GR-ADOPT-UNCLEAR', message, {
    stateNow: 'nothing was changed',
    next:
      existing?.engine === 'mm2' && existing.mm2.isAdopted
        ? `${named}; of the link are "${existing.mm2.connectors.source}" and "${existing.mm2.connectors.checkpoint}": what was deleted of them is to be made again in Kafka Connect, by the same name`
        : `${named}, or make new ones (georep link create ${link} --engine mm2)`,
  })
}

/** What the link decides, or the operator, is not compared. */
const notCompared = /^(?:name$|topics$|groups$|tasks\.max$|(?:source|target)\.cluster\.|replication\.policy\.|offset-syncs\.topic\.location$)/ // prettier-ignore

async function differencesOf(
  found: FoundConnectors,
  { name: link, groups, source, destination }: LinkRequest,
  { aliases, naming }: Mm2LinkRecord['mm2'],
  options: Cancel,
): Promise<Adoption['differences']> {
  const [from, to] = await Promise.all([source.metadata([], options), destination.metadata([], options)])
  const wanted = connectorConfigs({
    link,
    aliases,
    groups,
    naming: naming.policy,
    clients: { source: {}, target: {}, sourceOfWorker: {} },
    brokers: { source: from.brokers.length, destination: to.brokers.length },
    isExactlyOnce: isExactlyOnce(found.source.config),
    isWan: false,
    settings: [],
  })
  return connectorRoles.flatMap((role) => {
    const one = found[role]
    if (one === undefined) return []
    const shown = redactedConfig(one.config)
    return Object.entries(wanted[role])
      .filter(([key, value]) => !notCompared.test(key) && key !== 'connector.class' && one.config[key] !== value)
      .map(([key, wouldBe]) => ({ connector: one.name, key, is: shown[key], wouldBe }))
  })
}

async function failures(connect: ConnectCluster, found: FoundConnectors, options: Cancel): Promise<readonly string[]> {
  const names = connectorRoles.flatMap((role) => found[role]?.name ?? [])
  return (await Promise.all(names.map(async (name) => failuresOf(name, await connect.status(name, options))))).flat()
}

const sharedKeys = ['replication.policy.class', 'replication.policy.separator', 'offset-syncs.topic.location', 'source.cluster.alias', 'target.cluster.alias'] as const // prettier-ignore

function disagreements({ source, checkpoint }: FoundConnectors): readonly string[] {
  return sharedKeys
    .filter((key) => source.config[key] !== checkpoint.config[key])
    .map((key) => `connectors "${source.name}" and "${checkpoint.name}" have another ${key}: offsets of groups are not synced`) // prettier-ignore
}
