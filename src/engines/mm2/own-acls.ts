import type { ConnectorConfig } from '../../connect/connect-cluster.ts'
import type { AclBinding } from '../../core/acl-binding.ts'
import type { OwnAcls, OwnCopy } from '../../core/acl-compare.ts'
import { GeorepError, messageOf } from '../../core/errors.ts'
import type { MirrorRecord } from '../../links/records.ts'
import type { Cancel, LinkTarget } from '../engine.ts'
import { carriedMirrors } from './carried-topics.ts'
import { sourceConnector } from './connector.ts'
import { copiesAcls } from './fence-copied.ts'
import { mm2Of } from './mm2-target.ts'

const by = 'MirrorMaker'
/** MirrorMaker's own, where the connector is not told. */
const defaultSeconds = 600

/** See `ReplicationEngine.ownAcls`. */
export async function ownAcls(target: LinkTarget, options: Cancel): Promise<OwnAcls> {
  let config
  try {
    ;({ config } = await sourceConnector(mm2Of(target), options))
  } catch (error) {
    options.signal.throwIfAborted()
    if (!(error instanceof GeorepError)) throw error
    const why = messageOf(error)
    return { by, everyMs: undefined, copyOf: (binding) => asked(binding) ?? { kind: 'unknown', why } }
  }
  return ownAclsBy(config, carriedMirrors(target.state, target.link))
}

/** By what the source connector is told, and what it carries. */
export function ownAclsBy(
  config: ConnectorConfig,
  carried: readonly Pick<MirrorRecord, 'sourceTopic' | 'mirrorTopic'>[],
): OwnAcls {
  const seconds = Number(config['sync.topic.acls.interval.seconds'] ?? defaultSeconds)
  const isOn = copiesAcls(config)
  return {
    by,
    everyMs: Number.isSafeInteger(seconds) && seconds > 0 ? seconds * 1_000 : undefined,
    copyOf: (binding) => (isOn ? (asked(binding) ?? copied(binding, carried)) : leftOut('sync.topic.acls.enabled is false')), // prettier-ignore
  }
}

/** What MirrorMaker leaves out whatever it is told. Of what is left only those matter whose topic it carries. */
function asked({ resource, operation, permission }: AclBinding): OwnCopy | undefined {
  if (resource.type !== 'topic') return leftOut('not about a topic')
  if (resource.pattern === 'prefixed') return leftOut('a prefix')
  if (permission === 'Allow' && operation === 'Write') return leftOut('ALLOW Write')
  return undefined
}

function copied(binding: AclBinding, carried: Parameters<typeof ownAclsBy>[1]): OwnCopy {
  const { resource, operation, permission } = binding
  const mirror = carried.find(({ sourceTopic }) => sourceTopic === resource.name)
  if (mirror === undefined) return leftOut('no topic of this name is carried now')
  const entry = permission === 'Allow' && operation === 'All' ? ({ ...binding, operation: 'Read' } as const) : binding
  return { kind: 'copies', to: { ...entry, resource: { ...resource, name: mirror.mirrorTopic } } }
}

function leftOut(why: string): OwnCopy {
  return { kind: 'leavesOut', why }
}
