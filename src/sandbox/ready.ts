import { GeorepError } from '../core/errors.ts'
import { Cluster } from '../kafka/cluster.ts'
import { bootstrapOf } from './broker-places.ts'
import type { SandboxDeps } from './deps.ts'
import type { ClusterRecord } from './record.ts'
import type { Access } from './secure/access.ts'

const everyMs = 50

/**
 * Resolves when each broker of the cluster answers, and knows of all of them. The others list one that was killed a moment ago as if it were there, and one
 * that is starting before it answers. Rejects with the signal's reason; never gives up by itself.
 */
export async function untilReady(
  cluster: ClusterRecord,
  access: Access,
  deps: Pick<SandboxDeps, 'time'>,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    bootstrapOf(cluster).map(async (address) => {
      await untilOneIs(address, cluster, access, deps, signal)
    }),
  )
}

async function untilOneIs(
  address: string,
  cluster: ClusterRecord,
  access: Access,
  deps: Pick<SandboxDeps, 'time'>,
  signal: AbortSignal,
): Promise<void> {
  const settings = { name: cluster.name, bootstrap: [address], region: undefined, ...access }
  for (;;) {
    await using client = new Cluster(settings, { wait: deps.time.wait })
    const answer = await client.metadata([], { signal }).catch(() => undefined)
    signal.throwIfAborted()
    if (answer !== undefined && answer.clusterId !== cluster.clusterId) throw notOurs(cluster)
    // A broker that is fenced still is not listed.
    if (answer?.brokers.length === cluster.brokers.length) return
    await deps.time.wait(everyMs, signal)
  }
}

function notOurs(cluster: ClusterRecord): GeorepError {
  const at = bootstrapOf(cluster).join(', ')
  return new GeorepError('failed', 'GR-SANDBOX-PORT', `another cluster than "${cluster.name}" answers at ${at}`, {
    next: 'try again: another process took the port',
  })
}
