import { GeorepError } from '../core/errors.ts'
import { withDeadline } from '../core/time.ts'
import type { Cluster } from '../kafka/cluster.ts'
import type { LinkRecord } from '../links/records.ts'
import type { Cancel } from './target.ts'
import type { SourceSeen } from './views.ts'

const wrongCluster = 'GR-WRONG-CLUSTER'

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
    if (refusalOf(error) !== undefined) throw error
    return false
  }
  const other = otherSource(source, link, clusterId)
  if (other === undefined) return true
  throw other
}

/** What is wrong with a source that has this id; undefined of the one that the link was made with. */
export function otherSource(
  source: Pick<Cluster, 'name'>,
  link: LinkRecord,
  clusterId: string,
): GeorepError | undefined {
  if (clusterId === link.source.clusterId) return undefined
  const message = `cluster "${source.name}" is not the one that link "${link.name}" was made with`
  return new GeorepError('failed', wrongCluster, message, {
    stateNow: `it has the id ${clusterId}, the link was made with ${link.source.clusterId}`,
    next: `check the bootstrap entry of cluster "${source.name}" in georep.yaml`,
  })
}

/**
 * The same for whoever needs nothing of the source. One that does not let us in, because of credentials or certificates, counts as one that answers and cannot
 * be asked; so does another cluster in its place: which of them clients write to is not known.
 */
export async function reachedOrRefused(source: Cluster, link: LinkRecord, options: Cancel): Promise<SourceSeen> {
  try {
    return { isSourceReachable: await isReachable(source, link, options) }
  } catch (error) {
    const sourceRefusal = refusalOf(error)
    if (sourceRefusal === undefined) throw error
    return { isSourceReachable: true, sourceRefusal }
  }
}

/** Why a source that answers cannot be asked, by what `isReachable` threw; undefined where that is something else. */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof GeorepError)) return undefined
  if (error.code === wrongCluster) return `${error.message}: ${idsOf(error)}`
  return error.kind === 'denied' ? error.message : undefined
}

/** Others may have said more behind it. */
function idsOf({ stateNow }: GeorepError): string {
  return stateNow?.split('\n')[0] ?? ''
}
