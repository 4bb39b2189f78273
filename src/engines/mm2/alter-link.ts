import type { ConnectState } from '../../connect/answers.ts'
import type { ConnectCluster, ConnectorConfig } from '../../connect/connect-cluster.ts'
import { GeorepError } from '../../core/errors.ts'
import type { Outcome } from '../../core/outcome.ts'
import { areSameNames } from '../../core/same-names.ts'
import { type Wait, withDeadline } from '../../core/time.ts'
import { actingLongOn } from '../../links/acting.ts'
import { type LinkRecord, type Mm2LinkRecord, stateKey } from '../../links/records.ts'
import type { LinkSession } from '../../links/session.ts'
import type { Act, Altered, Cancel, LinkChange, LinkTarget } from '../engine.ts'
import { connectorGone, isAbsent, isConnectorGone } from './connector.ts'
import { groupsSetting } from './group-patterns.ts'
import { plannedMove } from './move-link.ts'
import { sameAgain, withNothingChanged, withWhatIsDone } from './what-is-done.ts'

const waitMs = 20_000
const lookEveryMs = 200

const kindsDoneHere = ['pause', 'resume', 'groups', 'connect'] as const
type DoneHere = Extract<LinkChange, { readonly kind: (typeof kindsDoneHere)[number] }>

/** See `ReplicationEngine.planLinkChange`. */
export async function planLinkChange(
  { state, link, connect }: LinkTarget,
  change: LinkChange,
  options: Cancel,
): Promise<Outcome | undefined> {
  await state.glance(options)
  const record = state.link(link.name) ?? link
  if (!isDoneHere(change)) return answerTo(change)
  if (record.engine !== 'mm2') return undefined
  if (change.kind === 'groups') return await plannedGroups({ connect, record }, change.globs, options)
  if (change.kind === 'connect') return await plannedMove(change.connect, record, options)
  return await plannedPause({ connect, record }, change.kind === 'pause', options)
}

/** See `ReplicationEngine.alterLink`. What Kafka Connect was not told of before is told it by the same command again. */
export async function alterLink(target: LinkTarget, change: LinkChange, by: Act, options: Cancel): Promise<Altered> {
  if (!isDoneHere(change)) return { outcome: answerTo(change), runner: undefined }
  const { connect, state } = target
  const { name } = target.link
  if (connect === undefined) throw new TypeError('a link of MirrorMaker 2 needs Kafka Connect')
  await using acting = await actingLongOn(state, name, by, options)
  const { session, signal } = acting
  const record = state.link(name)
  if (record?.engine !== 'mm2') {
    throw new GeorepError('refused', 'GR-LINK-UNKNOWN', `link "${name}" was deleted meanwhile`, {
      stateNow: 'nothing was changed',
    })
  }
  if (change.kind === 'connect') {
    const settled = await plannedMove(change.connect, record, { signal })
    if (settled !== undefined) return { outcome: settled, runner: undefined }
    const moved = { ...record, mm2: { ...record.mm2, connectUrl: change.connect.url } }
    await session.write(new Map([[stateKey.link(name), moved]]), { signal })
    return { outcome: { kind: 'applied' }, runner: undefined }
  }
  if (change.kind === 'groups') {
    const isChanged = await changeGroups({ connect, session, record }, change.globs, { signal })
    return { outcome: isChanged ? { kind: 'applied' } : sameGroups, runner: undefined }
  }
  const isPause = change.kind === 'pause'
  const wasSo = (record.pausedAt !== null) === isPause
  if (!wasSo) {
    await requireAnswer(connect, record, { signal })
    await session.write(new Map([[stateKey.link(name), withPause(record, isPause ? by.time.now().toISOString() : null)]]), { signal }) // prettier-ignore
  }
  const { source, checkpoint } = record.mm2.connectors
  let told = 0
  for (const role of ['source', 'checkpoint'] as const) {
    try {
      if (await tellConnector({ connect, session }, record.mm2.connectors[role], isPause, { signal })) told += 1
    } catch (error) {
      throw withWhatIsWritten(isAbsent(error) ? connectorGone(record, connect, role) : error, name, isPause)
    }
  }
  if (wasSo && told === 0) return { outcome: soAlready(record, isPause), runner: undefined }
  const obey = [source, checkpoint].map(async (one) => await untilSo(connect, one, isPause, { wait: state.cluster.wait, signal })) // prettier-ignore
  return { outcome: { kind: 'applied' }, runner: (await Promise.all(obey)).every(Boolean) ? 'obeyed' : 'notYet' }
}

/** Nobody tells it later what is written down: a link that is called paused would be carried on. @throws what Kafka Connect does not answer */
async function requireAnswer(connect: ConnectCluster, { mm2: { connectors } }: Mm2LinkRecord, options: Cancel): Promise<void> {
  try {
    for (const name of [connectors.source, connectors.checkpoint]) await connect.status(name, options)
  } catch (error) {
    throw withNothingChanged(error)
  }
} // prettier-ignore

/** Undefined when record or connectors would be changed. What Kafka Connect was not told of before is looked at only where the record is so already. */
async function plannedPause(
  { connect, record }: { readonly connect: ConnectCluster | undefined; readonly record: LinkRecord },
  isPause: boolean,
  { signal }: Cancel,
): Promise<Outcome | undefined> {
  if ((record.pausedAt !== null) !== isPause) return undefined
  if (connect !== undefined && record.engine === 'mm2') {
    for (const name of [record.mm2.connectors.source, record.mm2.connectors.checkpoint]) {
      if (!isSo((await connect.status(name, { signal }))?.connector.state, isPause)) return undefined
    }
  }
  return soAlready(record, isPause)
}

function soAlready({ pausedAt }: Pick<LinkRecord, 'pausedAt'>, isPause: boolean): Outcome {
  return { kind: 'unchanged', why: isPause ? `it is paused since ${pausedAt ?? ''}` : 'it is not paused' }
}

function isSo(state: ConnectState | undefined, isPause: boolean): boolean {
  return isPause ? state === 'PAUSED' || state === 'STOPPED' : state === 'RUNNING'
}

/** @returns false when the connector was so already */
async function tellConnector(
  { connect, session }: { readonly connect: ConnectCluster; readonly session: LinkSession },
  connector: string,
  isPause: boolean,
  options: Cancel,
): Promise<boolean> {
  const status = await connect.status(connector, options)
  if (isSo(status?.connector.state, isPause)) return false
  await session.guarded(async ({ signal, beforeWrite }) => {
    beforeWrite()
    await (isPause ? connect.pause(connector, { signal }) : connect.resume(connector, { signal }))
  }, options)
  return true
}

/** Why Kafka Connect could not be told, with what the link is by then in every look at it. */
function withWhatIsWritten(thrown: unknown, link: string, isPause: boolean): unknown {
  const written = `link "${link}" is written down as ${isPause ? 'paused' : 'not paused'}`
  if (isConnectorGone(thrown)) return withWhatIsDone(thrown, { stateNow: written })
  return withWhatIsDone(thrown, {
    stateNow: `${written}, and Kafka Connect may ${isPause ? 'carry it' : 'stand still'} all the same`,
    next: sameAgain,
  })
}

const sameGroups: Outcome = { kind: 'unchanged', why: 'it has these groups already' }

/** Undefined when record or connector would be changed. */
async function plannedGroups(
  { connect, record }: { readonly connect: ConnectCluster | undefined; readonly record: LinkRecord },
  globs: readonly string[],
  options: Cancel,
): Promise<Outcome | undefined> {
  if (connect === undefined || record.engine !== 'mm2' || !areSameNames(record.groups, globs)) return undefined
  const { connector } = await groupsOf(connect, record, options)
  return connector['groups'] === groupsSetting(record.groups) ? sameGroups : undefined
}

/** Written down first, as every look at the groups goes by it. MirrorMaker begins its checkpoint connector anew with the setting. @returns false when all of it was so */
async function changeGroups(
  { connect, session, record }: { readonly connect: ConnectCluster; readonly session: LinkSession; readonly record: Mm2LinkRecord },
  globs: readonly string[],
  options: Cancel,
): Promise<boolean> {
  const { name, connector } = await groupsOf(connect, record, options).catch((error: unknown) => { throw withNothingChanged(error) })
  const isWritten = areSameNames(record.groups, globs)
  // In the order in which they are written down: the same groups are the same setting then.
  const groups = groupsSetting(isWritten ? record.groups : globs)
  if (!isWritten) await session.write(new Map([[stateKey.link(record.name), { ...record, groups: [...globs] }]]), options)
  if (connector['groups'] === groups) return !isWritten
  try {
    await session.guarded(async ({ signal, beforeWrite }) => {
      beforeWrite()
      await connect.putConfig(name, { ...connector, groups }, { signal })
    }, options)
  } catch (error) {
    throw withWhatIsDone(error, {
      stateNow: `link "${record.name}" is written down with these groups, and its checkpoint connector may go by others`,
      next: sameAgain,
    })
  }
  return true
} // prettier-ignore

/** @throws GeorepError "failed" GR-MM2-CONNECTOR-GONE */
async function groupsOf(
  connect: ConnectCluster,
  link: Mm2LinkRecord,
  options: Cancel,
): Promise<{ readonly name: string; readonly connector: ConnectorConfig }> {
  const name = link.mm2.connectors.checkpoint
  const described = await connect.connector(name, options)
  if (described === undefined) throw connectorGone(link, connect, 'checkpoint')
  return { name, connector: described.config }
}

function withPause(record: LinkRecord, pausedAt: string | null): LinkRecord {
  return { ...record, pausedAt }
}

/** Connector and tasks do as they were told. Tasks that FAILED do nothing, and stay so. */
async function untilSo(
  connect: ConnectCluster,
  name: string,
  isPause: boolean,
  { wait, signal }: { readonly wait: Wait; readonly signal: AbortSignal },
): Promise<boolean> {
  const deadline = withDeadline(signal, waitMs)
  const wanted = isPause ? ['PAUSED', 'STOPPED'] : ['RUNNING']
  for (;;) {
    const status = await connect.status(name, { signal })
    const states = status === undefined ? [] : [status.connector, ...status.tasks].map(({ state }) => state)
    if (states.length > 0 && states.every((state) => wanted.includes(state) || (isPause && state === 'FAILED'))) return true // prettier-ignore
    const isOver = await wait(lookEveryMs, deadline).then(() => false, () => true) // prettier-ignore
    signal.throwIfAborted()
    if (isOver) return false
  }
}

function isDoneHere(change: LinkChange): change is DoneHere {
  return kindsDoneHere.some((kind) => kind === change.kind)
}

/** What asks for nothing is so already, as it is when the link is made; the rest an engine without a runner cannot do. */
function answerTo(change: Exclude<LinkChange, DoneHere>): Outcome {
  switch (change.kind) {
    case 'throttle':
      if (change.bytesPerSecond === null) return { kind: 'unchanged', why: 'georep gives it no limit' }
      return { kind: 'refused', why: 'the engine mm2 has no throttle; set a quota (producer_byte_rate) for the principal of the workers on the destination' } // prettier-ignore
    case 'syncConfigsExclude':
      return { kind: 'refused', why: 'MirrorMaker copies the settings: set config.properties.exclude of its source connector' } // prettier-ignore
    case 'syncAcls':
      if (change.resources === null) return { kind: 'unchanged', why: 'no runner of georep brings over ACLs for it' }
      return { kind: 'refused', why: 'no process of georep runs beside a link of the engine mm2 that would bring over ACLs: run georep acl sync when they have changed' } // prettier-ignore
    case 'protect':
      if (change.principal === null) return { kind: 'unchanged', why: 'georep does not protect its mirrors' }
      return { kind: 'refused', why: 'workers of Kafka Connect write to the mirrors of a link of the engine mm2, as whom they come in there; deny others Write on the mirror topics by hand' } // prettier-ignore
    case 'addPattern':
    case 'removePattern':
      return { kind: 'refused', why: 'no process of georep runs beside a link of the engine mm2 that would mirror topics as they come' } // prettier-ignore
  }
}
