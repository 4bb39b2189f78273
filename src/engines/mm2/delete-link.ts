import type { ConnectCluster } from '../../connect/connect-cluster.ts'
import { actingLongOn } from '../../links/acting.ts'
import { type Mm2LinkRecord, stateKey } from '../../links/records.ts'
import type { LinkSession } from '../../links/session.ts'
import type { Act, Cancel, LinkDeletionPlan, LinkTarget } from '../engine.ts'
import { deletionBlockers, refuseBlockedDeletion } from '../link-deletion.ts'
import { haveEnded } from './carry.ts'
import { lookAtConnect } from './connect-look.ts'
import { isAbsent } from './connector.ts'
import { mm2Of } from './mm2-target.ts'
import { sameAgain, withWhatIsDone } from './what-is-done.ts'

/** Longer than tasks are given to end (task.shutdown.graceful.timeout.ms, 5 s) and a worker that is gone takes to be missed. */
const endMs = 30_000
const lookEveryMs = 200

/** See `ReplicationEngine.planLinkDeletion`. Connectors that somebody has deleted are none of the link's any more, where Kafka Connect tells of it. */
export async function planLinkDeletion(target: LinkTarget, options: Cancel): Promise<LinkDeletionPlan> {
  const { state, link } = target
  await state.refresh({ ...options, link: link.name })
  const mirrors = state.mirrors(link.name)
  const record = state.link(link.name) ?? link
  const blockers = deletionBlockers(state, link.name, mirrors)
  if (record.engine !== 'mm2') return { runner: undefined, mirrors, connectors: undefined, blockers }
  const areLeft = record.mm2.isAdopted
  const { connector, seen } = await lookAtConnect(mm2Of(target), options)
  const untold = !areLeft && 'why' in seen ? [{ why: `Kafka Connect cannot be told to delete its connectors: ${seen.why}`, isOfMirrors: false, next: 'why' in connector ? connector.next : undefined }] : [] // prettier-ignore
  const isDeleted = (name: string): boolean => !('why' in seen) && seen.connectors.some((one) => one.name === name && one.state === undefined) // prettier-ignore
  return {
    runner: undefined,
    mirrors,
    connectors: { names: namesOf(record).filter((name) => !isDeleted(name)), areLeft },
    blockers: [...blockers, ...untold],
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
    const done = { stopped: [], deleted: [] }
    try {
      await deleteConnectors(connect, session, { names: plan.connectors.names, done }, { signal })
    } catch (error) {
      throw withWhatIsDone(error, { stateNow: doneText(link.name, done), next: `${sameAgain}: it deletes what is left` }) // prettier-ignore
    }
  }
  const own = stateKey.lock(link.name, 'act')
  const keys = state.keysOf(link.name).filter((key) => key !== own)
  await session.write(new Map(keys.map((key) => [key, null])), { signal })
}

/** By name, as far as Kafka Connect has said so. */
interface Done {
  readonly stopped: string[]
  readonly deleted: string[]
}

function doneText(link: string, { stopped, deleted }: Done): string {
  const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', ')) // prettier-ignore
  return `connectors that were told to stop: ${list(stopped)}; deleted: ${list(deleted)}; link "${link}" is there still`
}

/**
 * Stopped first, all of them: of one that is deleted nobody tells when its tasks have ended. What is waited for are the tasks, which write: a connector itself
 * says that it is RUNNING for as long as it waits for a source that does not answer.
 */
async function deleteConnectors(
  connect: ConnectCluster,
  session: LinkSession,
  { names, done }: { readonly names: readonly string[]; readonly done: Done },
  options: Cancel,
): Promise<void> {
  const act = async (what: (options: Cancel) => Promise<unknown>): Promise<void> => {
    await session.guarded(async ({ signal, beforeWrite }) => {
      beforeWrite()
      await what({ signal })
    }, options)
  }
  for (const name of names) {
    try {
      await act(async (within) => { await connect.stop(name, within) }) // prettier-ignore
      done.stopped.push(name)
    } catch (error) {
      if (!isAbsent(error)) throw error
    }
  }
  await untilEnded(connect, session, done.stopped, options)
  for (const name of done.stopped) {
    await act(async (within) => await connect.deleteConnector(name, within))
    done.deleted.push(name)
  }
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
