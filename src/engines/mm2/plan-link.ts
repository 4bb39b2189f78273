import type { ConnectCluster } from '../../connect/connect-cluster.ts'
import { GeorepError } from '../../core/errors.ts'
import { isSamePlace } from '../../core/http-url.ts'
import type { LinkRecord, Mm2LinkRecord } from '../../links/records.ts'
import type { Cancel, LinkPlan, LinkRequest } from '../engine.ts'
import { type ConnectorPlan, type ConnectorRequest, connectorRoles } from '../connectors.ts'
import { lookAtEnds } from '../new-link.ts'
import { asCarried } from './carried-topics.ts'
import { classOf, connectorConfigs, type ConnectorInputs, connectorNames, settingsOf } from './connector-configs.ts'
import { remadeConfig } from './remade-config.ts'
import { type Candidate, fieldErrors, requireValid } from './validate-connectors.ts'

/** See `ReplicationEngine.planLink`. */
export async function planLink(request: LinkRequest, options: Cancel): Promise<LinkPlan> {
  const { connect, connectors: wanted, name } = request
  if (connect === undefined || wanted === undefined) throw new TypeError('a link of MirrorMaker 2 needs Kafka Connect')
  if (request.throttleBytesPerSecond !== undefined) throw noThrottle()
  if (request.syncConfigsExclude !== undefined) throw ownExclude()
  if (request.syncAcls !== undefined) throw noRunner()
  if (request.protectFor !== undefined) throw noProtection()
  const { state, ...ends } = await lookAtEnds(request, 'mm2', options)
  const { existing } = ends
  const plan = { request, ...ends, fence: 'unknown' } as const
  if (ends.blockers.length > 0) return plan
  const { version, kafkaClusterId } = await connect.root(options)
  if (kafkaClusterId !== ends.destinationId) throw wrongCluster(request, connect, kafkaClusterId, ends.destinationId)
  await requirePlugins(connect, options)
  const names = connectorNames(name)
  const there = new Set(await connect.connectors(options))
  const taken = connectorRoles.map((role) => names[role]).filter((each) => there.has(each))
  if (existing === undefined && taken.length > 0) throw namesTaken(connect, name, taken)
  if (existing?.engine === 'mm2') requireSame(existing, connect, wanted)
  // What the link has holds: these are its connectors, or in the place of one that was deleted.
  const inputs = await inputsFrom({ ...request, groups: existing?.groups ?? request.groups }, wanted, options)
  const isExactlyOnce = await canBeExactlyOnce(connect, names.source, inputs, options)
  const configs = connectorConfigs({ ...inputs, isExactlyOnce })
  const candidates: readonly Candidate[] = asCarried(connectorRoles.map((role) => ({ role, name: names[role], config: configs[role] })), state, { name }) // prettier-ignore
  const isUsed = state.mirrors(name).length > 0 || (existing?.pausedAt ?? null) !== null
  const connectors: ConnectorPlan[] = []
  for (const candidate of candidates) {
    connectors.push(there.has(candidate.name) ? await planOfOld(connect, candidate, { wanted, isUsed }, options) : { ...candidate, does: 'create' }) // prettier-ignore
  }
  await requireValid(connect, connectors.filter(({ does }) => does === 'create' || does === 'remake'), options) // prettier-ignore
  const source = connectors.find(({ role, does }) => role === 'source' && does === 'remake')
  const isSo = source === undefined ? isExactlyOnce : source.config[support] === 'required'
  return { ...plan, connectors: { url: connect.url, version, isExactlyOnce: isSo, connectors } }
}

async function inputsFrom(
  { name, source, destination, groups }: LinkRequest,
  wanted: ConnectorRequest,
  options: Cancel,
): Promise<Omit<ConnectorInputs, 'isExactlyOnce'>> {
  const [from, to] = await Promise.all([source.metadata([], options), destination.metadata([], options)])
  return {
    ...wanted,
    link: name,
    aliases: { source: source.name, target: destination.name },
    groups,
    brokers: { source: from.brokers.length, destination: to.brokers.length },
  }
}

const support = 'exactly.once.support'

/** A worker that does not take part in transactions finds this one setting wrong, and says so. What the operator has set of it holds. */
async function canBeExactlyOnce(
  connect: ConnectCluster,
  name: string,
  inputs: Omit<ConnectorInputs, 'isExactlyOnce'>,
  options: Cancel,
): Promise<boolean> {
  const set = settingsOf('source', inputs.settings)
  if (set[support] !== undefined) return set[support] === 'required'
  const { source: config } = connectorConfigs({ ...inputs, isExactlyOnce: true })
  return (await fieldErrors(connect, name, config, options)).every(({ field }) => field !== support)
}

/**
 * A connector of this link that is there already. What has FAILED may have done so by its configuration, or by what the workers had then.
 *
 * @throws GeorepError "refused" when it has not what is asked for now
 */
async function planOfOld(
  connect: ConnectCluster,
  candidate: Candidate,
  { wanted, isUsed }: { readonly wanted: ConnectorRequest; readonly isUsed: boolean },
  options: Cancel,
): Promise<ConnectorPlan> {
  const { role, name, config } = candidate
  const found = await connect.connector(name, options)
  if (found === undefined) return { ...candidate, does: 'create' }
  const status = await connect.status(name, options)
  const said = Object.keys(settingsOf(role, wanted.settings))
  if (status?.connector.state === 'FAILED') {
    const { config: remade, ...keys } = remadeConfig(role, config, { had: found.config, said: new Set(said) })
    return { ...candidate, config: remade, does: 'remake', remade: keys }
  }
  const other = said.filter((key) => found.config[key] !== config[key])
  if (other.length > 0) {
    throw new GeorepError('refused', 'GR-LINK-EXISTS', `connector "${name}" exists, with another ${other.join(', ')}`, {
      stateNow: 'nothing was changed',
      next: 'leave the settings out, or change the connector in Kafka Connect',
    })
  }
  // One that is made is stopped until it is known to have no offsets; afterwards a stopped one is what somebody wants.
  const isToStart = !isUsed && (status === undefined || status.connector.state === 'STOPPED')
  return { ...candidate, does: isToStart ? 'start' : 'none' }
}

async function requirePlugins(connect: ConnectCluster, options: Cancel): Promise<void> {
  const known = new Set((await connect.plugins(options)).map(({ className }) => className))
  const missing = [...new Set(Object.values(classOf))].filter((one) => !known.has(one))
  if (missing.length === 0) return
  throw new GeorepError('refused', 'GR-CONNECT-PLUGINS', `the workers of Kafka Connect at "${connect.url}" have no ${missing.map((one) => one.replace(/.*\./, '')).join(', no ')}`, {
    stateNow: 'nothing was changed',
    next: 'put connect-mirror-*.jar and connect-mirror-client-*.jar of the workers’ Kafka onto their class path or plugin.path, and start them again',
  }) // prettier-ignore
}

/** @throws GeorepError "refused" GR-LINK-EXISTS when a link that is there is not what is asked for */
export function requireSame(
  { name, mm2 }: Mm2LinkRecord,
  { url }: Pick<ConnectCluster, 'url'>,
  { naming }: Pick<ConnectorRequest, 'naming'>,
): void {
  const refuse = (why: string, next = `georep link describe ${name}`): GeorepError =>
    new GeorepError('refused', 'GR-LINK-EXISTS', `link "${name}" exists, ${why}`, { stateNow: 'nothing was changed', next }) // prettier-ignore
  if (mm2.isAdopted) throw refuse('with connectors that were there before it')
  if (!isSamePlace(mm2.connectUrl, url))
    throw refuse(`and is carried by Kafka Connect at "${mm2.connectUrl}"`, elsewhere(name, url))
  if (mm2.naming.policy !== naming) throw refuse(`with names as by "${mm2.naming.policy}"`)
}

/** What is to be done where Kafka Connect answers at another URL than the link goes by. */
export function elsewhere(link: string, url = '<url>'): string {
  return `if Kafka Connect answers elsewhere now: georep link alter ${link} --connect ${url}`
}

export function wrongCluster(
  { destination }: { readonly destination: Pick<LinkRequest['destination'], 'name'> },
  { url }: ConnectCluster,
  found: string,
  wanted: LinkRecord['destination']['clusterId'],
): GeorepError {
  return new GeorepError('refused', 'GR-CONNECT-WRONG-CLUSTER', `Kafka Connect at "${url}" is not attached to cluster "${destination.name}"`, {
    stateNow: `its workers are attached to the cluster with the id ${found}, and "${destination.name}" has ${wanted}: records would be written there; nothing was changed`,
    next: `name the Kafka Connect of cluster "${destination.name}" (--connect)`,
  }) // prettier-ignore
}

function namesTaken({ url }: ConnectCluster, link: string, taken: readonly string[]): GeorepError {
  return new GeorepError('refused', 'GR-CONNECTOR-EXISTS', `Kafka Connect at "${url}" has ${taken.map((one) => `"${one}"`).join(', ')} already, and no link "${link}" is known`, {
    stateNow: 'nothing was changed',
    next: `georep link adopt ${link} --connect ${url}`,
  }) // prettier-ignore
}

function ownExclude(): GeorepError {
  return new GeorepError('unsupported', 'GR-ENGINE-CANNOT', 'with the engine mm2, MirrorMaker copies the settings', {
    stateNow: 'nothing was changed',
    next: '--set source:config.properties.exclude=<regular expressions>',
  })
}

function noRunner(): GeorepError {
  const message = 'no process of georep runs beside a link of the engine mm2 that would bring over ACLs'
  return new GeorepError('unsupported', 'GR-ENGINE-CANNOT', message, {
    stateNow: 'nothing was changed',
    next: 'georep acl sync, when they have changed',
  })
}

function noProtection(): GeorepError {
  const message =
    'mirrors of a link of the engine mm2 are not protected: workers of Kafka Connect write to them, as whom they come in there'
  return new GeorepError('unsupported', 'GR-ENGINE-CANNOT', message, {
    stateNow: 'nothing was changed',
    next: 'leave --protect out, and deny others Write on the mirror topics by hand',
  })
}

function noThrottle(): GeorepError {
  return new GeorepError('unsupported', 'GR-ENGINE-CANNOT', 'the engine mm2 has no throttle', {
    stateNow: 'nothing was changed',
    next: 'set quotas (producer_byte_rate) for the principal of the workers on the destination',
  })
}
