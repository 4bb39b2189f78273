import { idRight } from '../../core/acl.ts'
import { messageOf } from '../../core/errors.ts'
import { DeniedError, lacking } from '../../kafka/denied.ts'
import { groupMembers } from '../../kafka/group-members.ts'
import { listGroups } from '../../kafka/groups.ts'
import { requireRights } from '../../kafka/held-rights.ts'
import { takeTransactionalId } from '../../kafka/producers.ts'
import { isTaken } from '../../links/held.ts'
import type { LinkSession } from '../../links/session.ts'
import type { Cancel, FailoverPlan, StopFence } from '../engine.ts'
import { type ConnectSeen, isExactlyOnce, type SourceConnector } from './connector.ts'
import type { Mm2Target } from './mm2-target.ts'

/** As Connect's own default for the producers of its tasks (transaction.timeout.ms); a task that begins sets its own. */
const transactionTimeoutMs = 60_000
const mostTasks = 1_000
const againMs = 500
const settleMs = 10_000

/** Whether the destination's brokers can be made to refuse the tasks of a connector. */
export interface TaskFence {
  readonly fence: StopFence
  readonly why?: string
  /** What helps, such as the command that grants what is missing. */
  readonly next?: string
  /** The transactional ids of its tasks, whether they run or not; empty where they have none. */
  readonly ids: readonly string[]
}

/**
 * Tasks that carry exactly once append in transactions under an id of their own, `<group of the workers>-<connector>-<task>`: whoever takes that over
 * has the brokers refuse them. Connect refuses a connector that requires exactly once of workers that do not do it. Changes nothing.
 */
export async function taskFence(
  target: Pick<Mm2Target, 'destination' | 'link'>,
  { config, connector, tasks }: SourceConnector,
  options: Cancel,
): Promise<TaskFence> {
  if (!isExactlyOnce(config)) return { fence: 'byConnect', ids: [] }
  const workers = new Set([connector, ...tasks].map(({ workerId }) => workerId))
  const group = await groupOfWorkers(target, workers, options)
  if (typeof group !== 'string') return { ...group, ids: [] }
  const prefix = `${group}-${target.link.mm2.connectors.source}-`
  const count = Math.max(Number(config['tasks.max'] ?? '1') || 1, ...tasks.map(({ id }) => id + 1))
  const ids = Array.from({ length: Math.min(count, mostTasks) }, (_, task) => `${prefix}${task}`)
  try {
    await requireRights(target.destination, ids.map((id) => idRight('Write', id)), options) // prettier-ignore
  } catch (error) {
    if (!(error instanceof DeniedError)) throw error
    // Of all of them at once: who was granted one would be told of the next.
    const { message: why, next } = lacking(target.destination, idRight('Write', `${prefix}*`))
    return { fence: 'notPermitted', why, next, ids }
  }
  return { fence: 'permitted', ids }
}

/** The same, as the plan of a failover or a promote tells it, of a connector that may not have been seen. */
export async function plannedFence(
  target: Pick<Mm2Target, 'destination' | 'link'>,
  seen: ConnectSeen,
  options: Cancel,
): Promise<Pick<FailoverPlan, 'fence' | 'fenceWhy' | 'fenceNext'>> {
  const { fence, why, next } = 'why' in seen ? ({ ...seen, fence: 'unknown' } as const) : await taskFence(target, seen, options) // prettier-ignore
  return { fence, ...(why === undefined ? {} : { fenceWhy: why }), ...(next === undefined ? {} : { fenceNext: next }) }
}

/**
 * The group in which the workers of a Connect cluster share out their work: one whose members are called by their addresses, or the only one of its kind.
 * While they share it out anew brokers do not tell what members say of themselves, which is waited for.
 */
async function groupOfWorkers(
  { destination }: Pick<Mm2Target, 'destination'>,
  workers: ReadonlySet<string>,
  options: Cancel,
): Promise<string | Omit<TaskFence, 'ids'>> {
  try {
    for (let waitedMs = 0; ; waitedMs += againMs) {
      const groups = (await listGroups(destination, options)).filter(({ protocolType }) => protocolType === 'connect')
      const [only, ...more] = groups.map(({ group }) => group)
      if (only !== undefined && more.length === 0) return only
      const members = await groupMembers(destination, groups.map(({ group }) => group), options) // prettier-ignore
      const own = [...members].filter(([, all]) => all.some(({ metadata }) => [...workers].some((worker) => isOf(worker, metadata)))) // prettier-ignore
      const [first, ...others] = own.map(([group]) => group)
      if (first !== undefined && others.length === 0) return first
      if (waitedMs >= settleMs) return { fence: 'unknown', why: `in which group the workers ${[...workers].join(', ')} are is not to be seen on cluster "${destination.name}"` } // prettier-ignore
      await destination.wait(againMs, options.signal)
    }
  } catch (error) {
    if (error instanceof DeniedError) return { fence: 'notPermitted', why: error.message, next: error.next }
    throw error
  }
}

/** A worker tells its group its URL, `http://host:port/`, and Connect calls it `host:port`. */
function isOf(worker: string, metadata: Buffer): boolean {
  return worker !== '' && metadata.includes(`//${worker}/`)
}

/**
 * Has the destination's brokers refuse what tasks have under way, or would begin: their transactional ids are taken over, which ends what is open under
 * them. Tasks that Connect begins later take them again, with the configuration that it has then.
 *
 * @returns why not all are refused yet; undefined when they are
 */
export async function fenceTasks(
  { destination }: Pick<Mm2Target, 'destination'>,
  session: LinkSession,
  ids: readonly string[],
  options: Cancel,
): Promise<string | undefined> {
  try {
    await session.guarded(async ({ signal, beforeWrite }) => {
      for (const id of ids) {
        beforeWrite()
        await takeTransactionalId(destination, id, { signal, transactionTimeoutMs })
      }
    }, options)
    return undefined
  } catch (error) {
    if (isTaken(error) || error instanceof DeniedError) throw error
    options.signal.throwIfAborted()
    return messageOf(error)
  }
}
