import type { ConnectCluster } from '../../connect/connect-cluster.ts'
import { GeorepError } from '../../core/errors.ts'
import type { LinkRecord, Mm2LinkRecord } from '../../links/records.ts'

type Connectors = Mm2LinkRecord['mm2']['connectors']

/** Those that the link has, with the heartbeats that were found since. Records and places stay with the connectors that it was adopted with. */
export function withFoundHeartbeats(there: Connectors, found: Connectors): Connectors {
  return {
    ...there,
    heartbeat: found.heartbeat ?? there.heartbeat,
    returnHeartbeat: found.returnHeartbeat ?? there.returnHeartbeat,
  }
}

/** Nothing has come since. */
export function areSame(there: Connectors, found: Connectors): boolean {
  const now = withFoundHeartbeats(there, found)
  return now.heartbeat === there.heartbeat && now.returnHeartbeat === there.returnHeartbeat
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

/** @throws GeorepError "refused" GR-LINK-EXISTS when the link is of other connectors than those that were found, or named */
export function requireSame(
  { connectors: now }: Mm2LinkRecord['mm2'],
  { connectors: found }: Mm2LinkRecord['mm2'],
  { connect, link }: { readonly connect: ConnectCluster; readonly link: string },
): void {
  if (now.source === found.source && now.checkpoint === found.checkpoint) return
  throw new GeorepError('refused', 'GR-LINK-EXISTS', `link "${link}" is adopted already, of other connectors: "${now.source}" and "${now.checkpoint}"`, {
    stateNow: 'nothing was changed',
    next: `give those of "${found.source}" a link of another name: georep link adopt <link> --source <cluster> --destination <cluster> --connect ${connect.url} --connectors ${found.source} ${found.checkpoint}`,
  }) // prettier-ignore
}
