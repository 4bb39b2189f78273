import { GeorepError } from '../core/errors.ts'
import { withDeadline } from '../core/time.ts'
import type { Cluster } from '../kafka/cluster.ts'
import type { LinkRecord } from '../links/records.ts'
import type { Cancel } from './target.ts'
import type { SourceSeen } from './views.ts'

/**
 * Does the source answer, and is it the cluster that the link was made with?
 *
 * @throws GeorepError "failed" when another cluster answers in its place
 */
export async function isReachable(source: Cluster, link: LinkRecord, options: Cancel): Promise<boolean> {
  let clusterId
  try {
    ;({ clusterId } = await source.metadata([], { signal: withDeadline(options.signal, 3_000), timeoutMs: 2_500 }))
  } catch (error) {
    options.signal.throwIfAborted()
    // Refused credentials are an answer: the cluster lives.
    if (error instanceof GeorepError && error.kind === 'denied') throw error
    return false
  }
  if (clusterId === link.source.clusterId) return true
  throw new GeorepError(
    'failed',
    'GR-WRONG-CLUSTER',
    `cluster "${source.name}" is not the one that link "${link.name}" was made with`,
    {
      stateNow: `it has the id ${clusterId}, the link was made with ${link.source.clusterId}`,
      next: `check the bootstrap entry of cluster "${source.name}" in georep.yaml`,
    },
  )
}

/**
 * The same for whoever needs nothing of the source: one that does not let us in, because of credentials or certificates, counts as one that answers. Nothing
 * can be asked of it then.
 */
export async function reachedOrRefused(source: Cluster, link: LinkRecord, options: Cancel): Promise<SourceSeen> {
  try {
    return { isSourceReachable: await isReachable(source, link, options) }
  } catch (error) {
    if (!(error instanceof GeorepError) || error.kind !== 'denied') throw error
    return { isSourceReachable: true, sourceRefusal: error.message }
  }
}
