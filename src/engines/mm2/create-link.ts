import type { ConnectCluster, ConnectorStatus } from '../../connect/connect-cluster.ts'
import { GeorepError } from '../../core/errors.ts'
import { type Wait, withDeadline } from '../../core/time.ts'
import { actingLongOn } from '../../links/acting.ts'
import { type LinkRecord, type Mm2LinkRecord, stateKey } from '../../links/records.ts'
import type { LinkSession } from '../../links/session.ts'
import { LinkState } from '../../links/state.ts'
import type { Act, Cancel, LinkPlan } from '../engine.ts'
import type { ConnectorPlan } from '../connectors.ts'
import { newLinkBase, refuseBlockedLink, withStateTopic } from '../new-link.ts'
import { asCarried } from './carried-topics.ts'
import { connectorNames, separator, syncsOn } from './connector-configs.ts'
import { sameAgain, withWhatIsDone } from './what-is-done.ts'

const stoppedMs = 60_000
const lookEveryMs = 100
/** One that has failed under this name before says so for a while. */
const failedMs = 3_000

/**
 * See `ReplicationEngine.createLink`. The link is written down first, so that connectors of it are known to be georep's; whatever of them is missing then is
 * made by the same command. Of a link that has mirrors somebody has deleted it: they go on from where they were.
 */
export async function createLink(plan: LinkPlan, by: Act, options: Cancel): Promise<LinkRecord> {
  refuseBlockedLink(plan)
  const { request, connectors, existing } = plan
  const { connect } = request
  if (connect === undefined || connectors === undefined) throw new TypeError('the plan is not of MirrorMaker 2')
  if (existing !== undefined && connectors.connectors.every(({ does }) => does === 'none')) return existing
  return await withStateTopic(request, async () => await makeLink(plan, connect, by, options), options)
}

async function makeLink(plan: LinkPlan, connect: ConnectCluster, by: Act, options: Cancel): Promise<LinkRecord> {
  const { request } = plan
  const state = new LinkState(request.destination)
  await using acting = await actingLongOn(state, request.name, by, options)
  const { session, signal } = acting
  const there = state.link(request.name)
  if (there !== undefined && !isPlanned(there, plan)) {
    throw new GeorepError('conflict', 'GR-PLAN-STALE', `link "${request.name}" was made, or changed, meanwhile`, {
      stateNow: 'nothing was changed',
      next: 'run the same command again',
    })
  }
  const record = there ?? newRecord(plan, connect, by)
  if (there === undefined) await session.write(new Map([[stateKey.link(request.name), record]]), { signal })
  const carried = asCarried(plan.connectors?.connectors ?? [], state, record)
  const more = { isPaused: record.pausedAt !== null, isUsed: state.mirrors(record.name).length > 0 }
  await makeConnectors(connect, session, carried, { signal, ...more, link: record.name })
  return record
}

/** One after the other, each to its end. */
export async function makeConnectors(
  connect: ConnectCluster,
  session: Pick<LinkSession, 'guarded' | 'state'>,
  connectors: readonly ConnectorPlan[],
  { link, ...options }: Parameters<typeof makeConnector>[3] & { readonly link: string },
): Promise<void> {
  const made: string[] = []
  for (const connector of connectors) {
    try {
      await makeConnector(connect, session, connector, options)
    } catch (error) {
      const before = made.length === 0 ? 'none' : made.map((name) => `"${name}"`).join(', ')
      const stateNow = `link "${link}" is written down; connectors that are there as they are to be: ${before}; "${connector.name}" may be there, and stopped`
      throw withWhatIsDone(error, { stateNow, next: sameAgain })
    }
    made.push(connector.name)
  }
}

/**
 * A connector that is new begins at the beginning: Connect keeps the offsets of one that was deleted, under its name. It is made without tasks, so that none
 * goes on from them before they are gone. In the place of one that carried mirrors it goes on from them: at the beginning it would copy all of it again.
 */
async function makeConnector(
  connect: ConnectCluster,
  session: Pick<LinkSession, 'guarded' | 'state'>,
  { name, config, does }: ConnectorPlan,
  { isPaused, isUsed, ...options }: Cancel & { readonly isPaused: boolean; readonly isUsed: boolean },
): Promise<void> {
  if (does === 'none') return
  const act = async (what: (options: Cancel) => Promise<void>): Promise<void> => {
    await session.guarded(async ({ signal, beforeWrite }) => {
      beforeWrite()
      await what({ signal })
    }, options)
  }
  if (does === 'create') await act(async (within) => { await connect.create(name, config, 'STOPPED', within) }) // prettier-ignore
  if (does === 'remake') {
    // It takes no other state any more; one that is given a configuration is made anew, in the state that it was told to have.
    await act(async (within) => { await connect.stop(name, within) }) // prettier-ignore
    await act(async (within) => { await connect.putConfig(name, config, within) }) // prettier-ignore
  }
  await untilStopped(connect, name, session.state.cluster.wait, options)
  const offsets = isUsed ? [] : ((await connect.offsets(name, options)) ?? [])
  if (offsets.some(({ offset }) => offset !== null)) await act(async (within) => { await connect.deleteOffsets(name, within) }) // prettier-ignore
  if (!isPaused) await act(async (within) => { await connect.resume(name, within) }) // prettier-ignore
}

/** Workers tell of a new connector when they have read of it. */
async function untilStopped(connect: ConnectCluster, name: string, wait: Wait, options: Cancel): Promise<void> {
  const deadline = withDeadline(options.signal, stoppedMs)
  for (let failedLooks = 0; ;) {
    const status = await connect.status(name, options)
    if (status?.connector.state === 'STOPPED') return
    failedLooks = status?.connector.state === 'FAILED' ? failedLooks + 1 : 0
    if (status !== undefined && failedLooks * lookEveryMs >= failedMs) throw connectorFailed(connect, name, status)
    try {
      await wait(lookEveryMs, deadline)
    } catch {
      options.signal.throwIfAborted()
      throw new GeorepError('timedOut', 'GR-CONNECTOR-NOT-TOLD', `Kafka Connect at "${connect.url}" does not tell of the new connector "${name}" within ${stoppedMs / 1000} s`, {
        next: 'look into the log of its workers',
      }) // prettier-ignore
    }
  }
}

/** A worker makes a connector's own clients before it tells that it is stopped, and validation has not tried whether they can be made. */
function connectorFailed({ url }: ConnectCluster, name: string, { connector }: ConnectorStatus): GeorepError {
  const causes = [...(connector.trace ?? '').matchAll(/^(?:Caused by: )?(\S.*)$/gm)].map(([, text = '']) => text.slice(0, 300)) // prettier-ignore
  const isOfStores = /(?:trust|key) store/.test(causes.at(-1) ?? '')
  return new GeorepError('failed', 'GR-MM2-FAILED', `connector "${name}" was made by Kafka Connect at "${url}", and has FAILED: ${causes.at(-1) ?? 'it does not say why'}`, {
    next: [
      ...(isOfStores ? ['the worker\'s own settings for TLS lie beneath those of this connector: name for the source a "properties" file with stores of the kind that the worker has'] : []), // prettier-ignore
      'see to the cause; the command makes the connector anew, with the settings that it has and those that are given with --set',
      `to have it made without what was set of it, delete it in Kafka Connect first: DELETE ${url}/connectors/${name}`,
    ].join('\n'),
  }) // prettier-ignore
}

function isPlanned(there: LinkRecord, { existing }: LinkPlan): boolean {
  return existing !== undefined && existing.createdAt === there.createdAt && existing.pausedAt === there.pausedAt
}

function newRecord(plan: LinkPlan, { url }: ConnectCluster, by: Act): Mm2LinkRecord {
  const { request } = plan
  const { source, destination, connectors } = request
  return {
    ...newLinkBase(plan, by),
    engine: 'mm2',
    mm2: {
      connectUrl: url,
      aliases: { source: source.name, target: destination.name },
      connectors: connectorNames(request.name),
      naming: { policy: connectors?.naming ?? 'identity', separator },
      syncsOn,
      isAdopted: false,
    },
  }
}
