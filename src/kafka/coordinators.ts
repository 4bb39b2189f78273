import { type AclOperation, groupRight, idRight, type Right } from '../core/acl.ts'
import type { Cluster } from './cluster.ts'
import { type DeniedError, deniedError } from './denied.ts'
import { BrokerError, Code, isCoordinatorMoved, isDenied } from './error-codes.ts'
import { TransportError } from './wire/connection.ts'
import { findCoordinator } from './wire/messages/find-coordinator.ts'

const keyTypes = { group: 0, transaction: 1 } as const
const rightOf = { group: groupRight, transaction: idRight } as const
const againMs = 100
const endingMs = 10

/** How long a coordinator that moves or loads is waited for. A cluster that was just started needs a few seconds to make its internal topics. */
const settleMs = 15_000

/**
 * Where groups were found a moment ago, by name; what is found is added. Whoever asks by it is told by a broker when a group is not there any more, and looks
 * it up then.
 */
export type KnownCoordinators = Map<string, number>

interface LookUpOptions {
  readonly signal: AbortSignal
  /** These are not asked for. Default none. */
  readonly known?: KnownCoordinators | undefined
}

/**
 * The broker that coordinates each group or transactional id. Waits up to 15 s for coordinators that are being elected.
 *
 * @param operation what the caller needs: named when not even Describe is permitted
 * @throws DeniedError, or GeorepError "unreachable"
 */
export async function coordinatorsOf(
  cluster: Cluster,
  kind: keyof typeof keyTypes,
  keys: readonly string[],
  operation: AclOperation,
  options: LookUpOptions,
): Promise<ReadonlyMap<string, number>> {
  const { found, denied } = await lookUpCoordinators(cluster, kind, keys, operation, options)
  for (const refusal of denied.values()) throw refusal
  return found
}

/** As `coordinatorsOf`; keys that we may not see come back as such. */
export async function lookUpCoordinators(
  cluster: Cluster,
  kind: keyof typeof keyTypes,
  keys: readonly string[],
  operation: AclOperation,
  { signal, known }: LookUpOptions,
): Promise<{ readonly found: ReadonlyMap<string, number>; readonly denied: ReadonlyMap<string, DeniedError> }> {
  const found = new Map<string, number>()
  const denied = new Map<string, DeniedError>()
  for (const key of keys) {
    const nodeId = known?.get(key)
    if (nodeId !== undefined) found.set(key, nodeId)
  }
  let missing = found.size === 0 ? keys : keys.filter((key) => !found.has(key))
  for (let waitedMs = 0; missing.length > 0; waitedMs += againMs) {
    if (waitedMs > 0) await cluster.wait(againMs, signal)
    const answer = await cluster.sendToAny(findCoordinator, { keyType: keyTypes[kind], keys: missing }, { signal })
    for (const { key, nodeId, error, errorMessage } of answer.coordinators) {
      if (error === 0) {
        found.set(key, nodeId)
        known?.set(key, nodeId)
      } else if (isDenied(error)) denied.set(key, deniedError(cluster, error, rightOf[kind](operation, key)))
      else if (!isCoordinatorMoved(error) || waitedMs >= settleMs) {
        throw new BrokerError(`coordinator of "${key}" on cluster "${cluster.name}"`, error, errorMessage)
      }
    }
    missing = missing.filter((key) => !found.has(key) && !denied.has(key))
  }
  return { found, denied }
}

/**
 * Repeats a request to a coordinator until it is neither moving nor loading, and tells what became of it, for 15 s at most. For requests that may be repeated.
 *
 * @param rights what the request needs, that on the key first
 * @param options.lastKnown the coordinator as it was, which is tried before anybody is asked for it
 * @param ask answers with the error code, and what to return when it is none of those
 * @throws DeniedError; BrokerError; GeorepError "unreachable"
 */
export async function askCoordinator<T>(
  cluster: Cluster,
  kind: keyof typeof keyTypes,
  key: string,
  rights: readonly [Right, ...Right[]],
  ask: (nodeId: number) => Promise<{ readonly error: number; readonly value: T }>,
  options: { readonly signal: AbortSignal; readonly lastKnown?: number | undefined },
): Promise<T> {
  let pauseMs = 0
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    if (pauseMs > 0) await cluster.wait(pauseMs, options.signal)
    let nodeId = waitedMs === 0 ? options.lastKnown : undefined
    nodeId ??= (await coordinatorsOf(cluster, kind, [key], rights[0].operation, options)).get(key) as number
    const canWait = waitedMs < settleMs
    pauseMs = againMs
    try {
      const { error, value } = await ask(nodeId)
      if (error === 0) return value
      if (isDenied(error)) throw deniedError(cluster, error, ...rights)
      const isEnding = error === Code.concurrentTransactions
      // As open as a lost answer. So the end of a transaction is answered, too, where somebody else takes the id over in the same moment.
      const isOpen = error === Code.unknownServerError
      if (!canWait || (!isCoordinatorMoved(error) && !isEnding && !isOpen)) throw new BrokerError(`"${key}" on cluster "${cluster.name}"`, error) // prettier-ignore
      // The markers of the transaction before are being written, which takes a few milliseconds.
      if (isEnding) pauseMs = endingMs
    } catch (error) {
      options.signal.throwIfAborted()
      if (!(error instanceof TransportError) || !canWait) throw error
    }
  }
}
