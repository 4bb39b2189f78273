import { isDeepStrictEqual } from 'node:util'
import type { ConnectCluster } from '../../connect/connect-cluster.ts'
import { GeorepError } from '../../core/errors.ts'
import { isSamePlace } from '../../core/http-url.ts'
import type { LinkRecord, Mm2LinkRecord } from '../../links/records.ts'
import { elsewhere } from './plan-link.ts'

type Mm2 = Mm2LinkRecord['mm2']
type Connectors = Mm2['connectors']

/**
 * What the link has, with the heartbeats that were found since. Records and places stay with the connectors that it was adopted with.
 */
export function adoptedAgain(there: Mm2, found: Mm2): Mm2 {
  const [own, now] = [there.connectors, found.connectors]
  return {
    ...there,
    connectors: {
      ...own,
      heartbeat: now.heartbeat ?? own.heartbeat,
      returnHeartbeat: now.returnHeartbeat ?? own.returnHeartbeat,
    },
  }
}

/** Nothing has come since. */
export function areSame(there: Mm2, found: Mm2): boolean {
  return isDeepStrictEqual(adoptedAgain(there, found), there)
}

/** @throws GeorepError "refused" GR-ADOPT-TAKEN when another link from the same cluster has one of them: what one changes the other would change back */
export function requireFree(
  others: readonly LinkRecord[],
  { name, sourceId, connectors: found }: { readonly name: string; readonly sourceId: string; readonly connectors: Connectors }, // prettier-ignore
): void {
  for (const other of others) {
    if (other.engine !== 'mm2' || other.name === name || other.source.clusterId !== sourceId) continue
    const { connectors: own } = other.mm2
    const taken = [found.source, found.checkpoint].find((one) => one === own.source || one === own.checkpoint)
    if (taken === undefined) continue
    throw new GeorepError('refused', 'GR-ADOPT-TAKEN', `connector "${taken}" is that of link "${other.name}"`, {
      stateNow: 'nothing was changed',
      next: `each link needs a MirrorSourceConnector and a MirrorCheckpointConnector of its own, named by --connectors; or take that link off: georep link delete ${other.name}`,
    })
  }
}

/** @throws GeorepError "refused" GR-LINK-EXISTS when the link is of other connectors than those that were found, or named, or goes by another URL */
export function requireSame(
  { connectors: now, connectUrl }: Mm2LinkRecord['mm2'],
  { connectors: found }: Mm2LinkRecord['mm2'],
  { connect, link }: { readonly connect: Pick<ConnectCluster, 'url'>; readonly link: string },
): void {
  if (now.source === found.source && now.checkpoint === found.checkpoint) {
    if (isSamePlace(connectUrl, connect.url)) return
    throw new GeorepError('refused', 'GR-LINK-EXISTS', `link "${link}" is adopted already, and carried by Kafka Connect at "${connectUrl}"`, {
      stateNow: 'nothing was changed',
      next: elsewhere(link, connect.url),
    }) // prettier-ignore
  }
  throw new GeorepError('refused', 'GR-LINK-EXISTS', `link "${link}" is adopted already, of other connectors: "${now.source}" and "${now.checkpoint}"`, {
    stateNow: 'nothing was changed',
    next: `give those of "${found.source}" a link of another name: georep link adopt <link> --source <cluster> --destination <cluster> --connect ${connect.url} --connectors ${found.source} ${found.checkpoint}`,
  }) // prettier-ignore
}
