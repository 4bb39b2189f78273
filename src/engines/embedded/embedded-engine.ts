import type { ReplicationEngine } from '../engine.ts'
import { createLink, planLink } from './create-link.ts'
import { createMirror, planMirror } from './create-mirror.ts'
import { failover, planFailover } from './failover.ts'
import { forgetMirror } from './forget-mirror.ts'
import { observeLink } from './observe.ts'

/** Offset-identical mirrors on stock Apache Kafka, carried by a georep runner. */
export const embeddedEngine: ReplicationEngine = {
  name: 'embedded',
  capabilities: { offsetMapping: 'identical', needsRunner: true },
  planLink,
  createLink,
  planMirror,
  createMirror,
  observe: observeLink,
  planFailover,
  failover,
  forgetMirror,
}
