import type { ConnectorConfig } from '../../connect/connect-cluster.ts'
import { GeorepError, messageOf } from '../../core/errors.ts'
import { DeniedError } from '../../kafka/denied.ts'
import type { MirrorRecord } from '../../links/records.ts'
import type { LinkSession } from '../../links/session.ts'
import type { Cancel, PromoteAct } from '../engine.ts'
import { type CopiesConfigs, syncConfigs } from '../last-configs.ts'
import { sourceConnector } from './connector.ts'
import { copiesSettings, isSettingExcluded, mirrorSettings } from './mirror-settings.ts'
import type { Mm2Target } from './mm2-target.ts'

/**
 * Copies the settings of topics as MirrorMaker does it at intervals, which may be long: what was changed since. Where georep may not, what MirrorMaker has copied
 * by then is what the topics have, and it is said.
 */
export async function syncConfigsLast(
  target: Mm2Target,
  session: LinkSession,
  records: readonly MirrorRecord[],
  { onProgress }: Pick<PromoteAct, 'onProgress'>,
  options: Cancel,
): Promise<readonly MirrorRecord[]> {
  const { config } = await sourceConnector(target, options)
  if (!copiesSettings(config)) return records
  try {
    return await syncConfigs(target, session, records, lastConfigs(config), options)
  } catch (error) {
    const isRefused = error instanceof DeniedError || (error instanceof GeorepError && error.code === 'GR-BROKER-REFUSED') // prettier-ignore
    if (!isRefused) throw error
    onProgress(
      `settings of topics are as MirrorMaker has copied them last, and not copied once more: ${messageOf(error)}`,
    )
    return records
  }
}

/** By MirrorMaker's own rules: what the source has from Kafka itself the mirror has from there, too. */
export function lastConfigs(config: ConnectorConfig): CopiesConfigs {
  const isReset = config['use.defaults.from'] !== 'source'
  const isExcluded = isSettingExcluded(config)
  return (_, { source, mirror }, { known }) => {
    const { copied } = mirrorSettings(config, source, { known })
    const gone = [...mirror].filter(([name, { isOwn }]) => isReset && isOwn && source.get(name)?.isDefault === true && !isExcluded(name)) // prettier-ignore
    return {
      wanted: new Map([...copied, ...gone.map(([name]) => [name, undefined] as const)]),
      after: { deferredConfigs: {} },
    }
  }
}
