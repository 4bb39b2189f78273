import { GeorepError } from '../core/errors.ts'
import type { Cluster } from './cluster.ts'
import { BrokerError, Code, isCoordinatorMoved, isDenied } from './error-codes.ts'
import { TransportError } from './wire/connection.ts'
import { findCoordinator } from './wire/messages/find-coordinator.ts'

const keyTypes = { group: 0, transaction: 1 } as const
const againMs = 100

/** How long a coordinator that moves or loads is waited for. A cluster that was just started needs a few seconds to make its internal topics. */
const settleMs = 15_000

/**
 * The broker that coordinates each group or transactional id. Waits up to 15 s for coordinators that are being elected.
 *
 * @throws GeorepError "denied", or "unreachable"
 */
export async function coordinatorsOf(
  cluster: Cluster,
  kind: keyof typeof keyTypes,
  keys: readonly string[],
  options: { readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>()
  let missing = keys
  for (let waitedMs = 0; missing.length > 0; waitedMs += againMs) {
    if (waitedMs > 0) await cluster.wait(againMs, options.signal)
    const answer = await cluster.sendToAny(findCoordinator, { keyType: keyTypes[kind], keys: missing }, options)
    for (const { key, nodeId, error, errorMessage } of answer.coordinators) {
      if (error === 0) found.set(key, nodeId)
      else if (isDenied(error)) throw deniedId(cluster, kind, key, error)
      else if (!isCoordinatorMoved(error) || waitedMs >= settleMs) {
        throw new BrokerError(`coordinator of "${key}" on cluster "${cluster.name}"`, error, errorMessage)
      }
    }
    missing = missing.filter((key) => !found.has(key))
  }
  return found
}

/**
 * Repeats a request to a coordinator until it is neither moving nor loading. For requests that may be repeated.
 *
 * @param ask answers with the error code, and what to return when it is none of those
 */
export async function askCoordinator<T>(
  cluster: Cluster,
  kind: keyof typeof keyTypes,
  key: string,
  ask: (nodeId: number) => Promise<{ readonly error: number; readonly value: T }>,
  options: { readonly signal: AbortSignal },
): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += againMs) {
    if (waitedMs > 0) await cluster.wait(againMs, options.signal)
    const nodeId = (await coordinatorsOf(cluster, kind, [key], options)).get(key) as number
    const canWait = waitedMs < settleMs
    try {
      const { error, value } = await ask(nodeId)
      if (error === 0) return value
      if (isDenied(error)) throw deniedId(cluster, kind, key, error)
      if (!canWait || (!isCoordinatorMoved(error) && error !== Code.concurrentTransactions)) {
        throw new BrokerError(`"${key}" on cluster "${cluster.name}"`, error)
      }
    } catch (error) {
      options.signal.throwIfAborted()
      if (!(error instanceof TransportError) || !canWait) throw error
    }
  }
}

export function deniedId(cluster: Cluster, kind: string, key: string, error: number): GeorepError {
  const what = kind === 'group' ? 'group' : 'transactional id'
  return new GeorepError(
    'denied',
    'GR-DENIED',
    new BrokerError(`${what} "${key}" on cluster "${cluster.name}"`, error).message,
    {
      next: 'grant the right that the documentation lists for this verb',
    },
  )
}
