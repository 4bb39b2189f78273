import type { Mm2LinkRecord } from '../../src/links/records.ts'
import { target } from './links.ts'

/** A link of MirrorMaker 2 with connectors called after their roles, for a Kafka Connect that is a fake. */
export function mm2Link(connectUrl: string): Mm2LinkRecord {
  const { producer: _, ...base } = target.link as Extract<Mm2LinkRecord | typeof target.link, { engine: 'embedded' }>
  return {
    ...base,
    engine: 'mm2',
    mm2: {
      connectUrl,
      aliases: { source: 'east', target: 'west' },
      connectors: { source: 'source', checkpoint: 'checkpoint', heartbeat: null, returnHeartbeat: null },
      naming: { policy: 'identity', separator: '.' },
      syncsOn: 'target',
      isAdopted: false,
    },
  }
}
