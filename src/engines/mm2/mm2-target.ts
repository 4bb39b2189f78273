import type { ConnectCluster } from '../../connect/connect-cluster.ts'
import { GeorepError } from '../../core/errors.ts'
import type { Mm2LinkRecord } from '../../links/records.ts'
import type { LinkTarget } from '../engine.ts'

/** A link of this engine, and the Connect cluster that carries it. */
export interface Mm2Target extends LinkTarget {
  readonly link: Mm2LinkRecord
  readonly connect: ConnectCluster
}

/** The link as its state has it now. */
export function mm2Of(target: LinkTarget): Mm2Target {
  const { connect, state } = target
  const link = state.link(target.link.name) ?? target.link
  if (link.engine !== 'mm2') throw new TypeError(`link "${link.name}" is not of MirrorMaker 2`)
  if (connect === undefined) {
    throw new GeorepError('config', 'GR-CONNECT-UNNAMED', `how the Connect cluster of link "${link.name}" is reached is not known`, {
      next: `name it under "connect" of cluster "${link.destination.name}" in georep.yaml`,
    }) // prettier-ignore
  }
  return { ...target, link, connect }
}
