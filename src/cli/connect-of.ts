import { connectSettings } from '../config/connect-settings.ts'
import type { Config } from '../config/load.ts'
import { ConnectCluster } from '../connect/connect-cluster.ts'
import type { ConnectSettings } from '../connect/settings.ts'
import type { LinkClusters } from '../engines/engine.ts'
import { elsewhere } from '../engines/mm2/plan-link.ts'
import type { LinkRecord } from '../links/records.ts'
import type { Context } from './context.ts'

/**
 * The Connect cluster that carries a link, at the URL of its record, with what georep.yaml says of that URL. Nothing for a link that has none.
 *
 * @throws GeorepError "config" when a secret of it cannot be read
 */
export async function connectOf(
  link: LinkRecord,
  config: Config,
  destination: string,
  context: Context,
): Promise<Pick<LinkClusters, 'connect'>> {
  if (link.engine !== 'mm2') return {}
  const settings = await connectSettings(config, destination, link.mm2.connectUrl, context)
  return { connect: clusterOf(settings, context, elsewhere(link.name)) }
}

/** The one that the entry of a cluster names, or at the URL that is given; nothing where neither is. @throws as `connectOf` */
export async function openConnect(
  config: Config,
  destination: string,
  url: string | undefined,
  context: Context,
): Promise<Pick<LinkClusters, 'connect'>> {
  const settings = await connectSettings(config, destination, url, context)
  return settings === undefined ? {} : { connect: clusterOf(settings, context) }
}

/** The one at the URL. @throws as `connectOf` */
export async function connectAt(
  config: Config,
  destination: string,
  url: string,
  context: Context,
): Promise<ConnectCluster> {
  return clusterOf(await connectSettings(config, destination, url, context), context)
}

function clusterOf(settings: ConnectSettings, { time }: Context, elsewhere?: string): ConnectCluster {
  return new ConnectCluster(settings, { wait: time.wait, elsewhere })
}
