import type { ConnectCluster } from '../../connect/connect-cluster.ts'
import { withDeadline } from '../../core/time.ts'
import { actingLongOn } from '../../links/acting.ts'
import { type Mm2LinkRecord, stateKey } from '../../links/records.ts'
import type { LinkSession } from '../../links/session.ts'
import type { Act, Cancel, LinkDeletionPlan, LinkTarget } from '../engine.ts'
import { deletionBlockers, refuseBlockedDeletion } from '../link-deletion.ts'

/** Longer than tasks are given to end (task.shutdown.graceful.timeout.ms, 5 s) and a worker that is gone takes to be missed. */
const stoppedMs = 30_000
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
    for (const name of plan.connectors.names) await deleteConnector(connect, session, name, { signal })
  }
  const own = stateKey.lock(link.name, 'act')
  const keys = state.keysOf(link.name).filter((key) => key !== own)
  await session.write(new Map(keys.map((key) => [key, null])), { signal })
}

/** Stopped first: of one that is deleted nobody tells when its tasks have ended. */
async function deleteConnector(
  connect: ConnectCluster,
  session: LinkSession,
  name: string,
  options: Cancel,
): Promise<void> {
  if ((await connect.connector(name, options)) === undefined) return
  await session.guarded(async ({ signal, beforeWrite }) => {
    beforeWrite()
    await connect.stop(name, { signal })
  }, options)
  const deadline = withDeadline(options.signal, stoppedMs)
  for (;;) {
    const status = await connect.status(name, options)
    if (status === undefined || (status.connector.state === 'STOPPED' && status.tasks.length === 0)) break
    // Of a worker that is gone the tasks are told until another takes its place.
    const isOver = await session.state.cluster.wait(lookEveryMs, deadline).then(() => false, () => true) // prettier-ignore
    options.signal.throwIfAborted()
    if (isOver) break
  }
  await session.guarded(async ({ signal, beforeWrite }) => {
    beforeWrite()
    await connect.deleteConnector(name, { signal })
  }, options)
}

function namesOf({ mm2 }: Mm2LinkRecord): readonly string[] {
  return Object.values(mm2.connectors).filter((name) => name !== null)
}
