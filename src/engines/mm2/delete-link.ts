import type { ConnectCluster } from '../../connect/connect-cluster.ts'
import { actingLongOn } from '../../links/acting.ts'
import { type Mm2LinkRecord, stateKey } from '../../links/records.ts'
import type { LinkSession } from '../../links/session.ts'
import type { Act, Cancel, LinkDeletionPlan, LinkTarget } from '../engine.ts'
import { deletionBlockers, refuseBlockedDeletion } from '../link-deletion.ts'
import { haveEnded } from './carry.ts'
import { isAbsent } from './connector.ts'

/** Longer than tasks are given to end (task.shutdown.graceful.timeout.ms, 5 s) and a worker that is gone takes to be missed. */
const endMs = 30_000
const lookEveryMs = 200

/** See `ReplicationEngine.planLinkDeletion`. */
export async function planLinkDeletion({ state, link }: LinkTarget, options: Cancel): Promise<LinkDeletionPlan> {
  await state.refresh({ ...options, link: link.name })
  const mirrors = state.mirrors(link.name)
  const record = state.link(link.name) ?? link
  return {
    runner: undefined,
    mirrors,
    connectors: record.engine === 'mm2' ? { names: namesOf(record), areLeft: record.mm2.isAdopted } : undefined,
    blockers: deletionBlockers(state, link.name, mirrors),
  }
}

/** See `ReplicationEngine.deleteLink`. Connectors that were adopted are left as they are; what is left half deleted is deleted by the same command again. */
export async function deleteLink(
  target: LinkTarget,
  by: Act & { readonly withMirrors: boolean },
  options: Cancel,
): Promise<void> {
  const { state, link, connect } = target
  await using acting = await actingLongOn(state, link.name, by, options)
  const { session, signal } = acting
  const plan = await planLinkDeletion(target, { signal })
  refuseBlockedDeletion(link.name, plan, by.withMirrors)
  if (plan.connectors?.areLeft === false) {
    if (connect === undefined) throw new TypeError('a link of MirrorMaker 2 needs Kafka Connect')
    await deleteConnectors(connect, session, plan.connectors.names, { signal })
  }
  const own = stateKey.lock(link.name, 'act')
  const keys = state.keysOf(link.name).filter((key) => key !== own)
  await session.write(new Map(keys.map((key) => [key, null])), { signal })
}

/**
 * Stopped first, all of them: of one that is deleted nobody tells when its tasks have ended. What is waited for are the tasks, which write: a connector itself
 * says that it is RUNNING for as long as it waits for a source that does not answer.
 */
async function deleteConnectors(
  connect: ConnectCluster,
  session: LinkSession,
  names: readonly string[],
  options: Cancel,
): Promise<void> {
  const act = async (what: (options: Cancel) => Promise<unknown>): Promise<void> => {
    await session.guarded(async ({ signal, beforeWrite }) => {
      beforeWrite()
      await what({ signal })
    }, options)
  }
  const there: string[] = []
  for (const name of names) {
    try {
      await act(async (within) => { await connect.stop(name, within) }) // prettier-ignore
      there.push(name)
    } catch (error) {
      if (!isAbsent(error)) throw error
    }
  }
  await untilEnded(connect, session, there, options)
  for (const name of there) await act(async (within) => await connect.deleteConnector(name, within))
}

/** Of a worker that is gone the tasks are told until another takes its place: that is not waited for any longer. */
async function untilEnded(
  connect: ConnectCluster,
  session: LinkSession,
  names: readonly string[],
  options: Cancel,
): Promise<void> {
  let left = names
  for (let waitedMs = 0; waitedMs < endMs; waitedMs += lookEveryMs) {
    const found = await Promise.all(left.map(async (name) => await connect.status(name, options)))
    left = left.filter((_, index) => {
      const status = found[index]
      return status !== undefined && !haveEnded(status, false, waitedMs)
    })
    if (left.length === 0) return
    await session.state.cluster.wait(lookEveryMs, options.signal)
  }
}

function namesOf({ mm2 }: Mm2LinkRecord): readonly string[] {
  return Object.values(mm2.connectors).filter((name) => name !== null)
}
