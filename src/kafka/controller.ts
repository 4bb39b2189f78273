import type { Wait } from '../core/time.ts'
import { TransportError } from './wire/connection.ts'

const settleMs = 10_000
const againMs = 100

interface Told {
  readonly name: string
  readonly metadata: (
    topics: [],
    options: { readonly signal: AbortSignal },
  ) => Promise<{ readonly controllerId: number }>
  readonly wait: Wait
}

/**
 * The id of the broker that the cluster names as its controller. While there is none, as when one is being elected, or a broker that was frozen is not back
 * yet, it is waited for, 10 s at most.
 *
 * @throws TransportError when there is none after that (`mayHaveActed` false)
 */
export async function controllerOf(cluster: Told, { signal }: { readonly signal: AbortSignal }): Promise<number> {
  for (let waitedMs = 0; ; waitedMs += againMs) {
    const { controllerId } = await cluster.metadata([], { signal })
    if (controllerId >= 0) return controllerId
    if (waitedMs >= settleMs) throw new TransportError(`cluster "${cluster.name}" has no controller`, { mayHaveActed: false }) // prettier-ignore
    await cluster.wait(againMs, signal)
  }
}
