import type { Cluster } from './cluster.ts'
import { TransportError } from './wire/connection.ts'

const againMs = 200
/** Longer than a cluster takes to notice that a broker is gone, `broker.session.timeout.ms`. */
const noticedMs = 15_000

/**
 * Asks again, for a while, where a broker that is asked has gone away: until the cluster notices that, it is named as the one to ask; then another is. For
 * what only asks.
 *
 * @param ask finds out anew each time who is to be asked
 * @throws what `ask` throws, a TransportError when a broker does not answer and stays named
 */
export async function askPastGone<T>(
  cluster: Pick<Cluster, 'wait'>,
  ask: () => Promise<T>,
  { signal }: { readonly signal: AbortSignal },
): Promise<T> {
  for (const startedMs = performance.now(); ;) {
    try {
      return await ask()
    } catch (error) {
      signal.throwIfAborted()
      // From start to start: one that hangs takes long to be found out.
      if (!(error instanceof TransportError) || performance.now() - startedMs > noticedMs) throw error
    }
    await cluster.wait(againMs, signal)
  }
}
