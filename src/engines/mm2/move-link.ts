import type { ConnectCluster } from '../../connect/connect-cluster.ts'
import { GeorepError } from '../../core/errors.ts'
import { isSamePlace } from '../../core/http-url.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { Mm2LinkRecord } from '../../links/records.ts'
import type { Cancel } from '../engine.ts'
import { isOfClass } from './connector-configs.ts'
import { wrongCluster } from './plan-link.ts'
import { withNothingChanged } from './what-is-done.ts'

/** Nothing to be done where the link goes by this URL already; undefined where it would go by it from then on. @throws as `requireConnectors` */
export async function plannedMove(
  connect: ConnectCluster,
  record: Mm2LinkRecord,
  options: Cancel,
): Promise<Outcome | undefined> {
  if (isSamePlace(record.mm2.connectUrl, connect.url)) return { kind: 'unchanged', why: 'it goes by this URL already' }
  try {
    await requireConnectors(connect, record, options)
  } catch (error) {
    throw withNothingChanged(error)
  }
  return undefined
}

/**
 * The link's connectors are at a URL that it is to go by from now on. The one that it goes by is not asked: nothing may answer there any more.
 *
 * @throws GeorepError "refused" GR-CONNECT-WRONG-CLUSTER, or GR-CONNECT-NOT-OF-LINK where its source or checkpoint connector is not there; of Kafka Connect
 */
async function requireConnectors(
  connect: ConnectCluster,
  { name: link, destination, mm2 }: Mm2LinkRecord,
  options: Cancel,
): Promise<void> {
  const refused = (message: string): GeorepError =>
    new GeorepError('refused', 'GR-CONNECT-NOT-OF-LINK', message, {
      stateNow: 'nothing was changed',
      next: `give the URL of the Kafka Connect that has the connectors of link "${link}": georep link alter ${link} --connect <url>`,
    })
  const { kafkaClusterId } = await connect.root(options)
  if (kafkaClusterId !== destination.clusterId) throw wrongCluster({ destination }, connect, kafkaClusterId, destination.clusterId) // prettier-ignore
  for (const role of ['source', 'checkpoint'] as const) {
    const name = mm2.connectors[role]
    const found = await connect.connector(name, options)
    if (found === undefined) throw refused(`Kafka Connect at "${connect.url}" has no connector "${name}"`)
    const { 'source.cluster.alias': source } = found.config
    // One that was adopted may say nothing of itself.
    if (isOfClass(found.config, role) && (source ?? mm2.aliases.source) === mm2.aliases.source) continue
    throw refused(
      `connector "${name}" of Kafka Connect at "${connect.url}" is not that of link "${link}", by its class and the alias of its source`,
    )
  }
}
