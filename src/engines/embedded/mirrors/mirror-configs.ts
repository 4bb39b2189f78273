import type { ConfigEntry } from '../../../kafka/topics.ts'
import type { MirrorConfigs } from '../../engine.ts'

/** No stored batch is larger than a request may be, `socket.request.max.bytes`. */
const largestBatch = '104857600'
const anyTime = '9223372036854775807'

const overrides: ReadonlyMap<string, { readonly value: string; readonly why: string }> = new Map([
  ['compression.type', { value: 'producer', why: 'batches are stored as the source has them' }],
  ['message.timestamp.type', { value: 'CreateTime', why: "record times are the source's" }],
  ['message.timestamp.before.max.ms', { value: anyTime, why: 'old records are mirrored too' }],
  ['message.timestamp.after.max.ms', { value: anyTime, why: 'records with a clock ahead are mirrored too' }],
  ['max.message.bytes', { value: largestBatch, why: 'the source may hold batches above its present limit' }],
])

/** Speak of the source's own brokers, or of services that the destination may not have. */
const notCopied: ReadonlyMap<string, string> = new Map([
  ['leader.replication.throttled.replicas', 'names brokers of the source'],
  ['follower.replication.throttled.replicas', 'names brokers of the source'],
  ['remote.storage.enable', 'the destination may have no remote storage'],
])

/**
 * What becomes of the settings that a source topic has of its own.
 *
 * @param mirror its replication factor: min.insync.replicas is not carried above it, because then nothing could be appended; and the settings
 *   that its brokers know
 */
export function mirrorConfigsFrom(
  source: ReadonlyMap<string, ConfigEntry>,
  { replicationFactor, known }: { readonly replicationFactor: number; readonly known: ReadonlySet<string> },
): MirrorConfigs {
  const copied = new Map<string, string>()
  const overridden = new Map([...overrides].filter(([name]) => known.has(name)))
  const deferred = new Map<string, string>()
  const skipped = new Map<string, string>()
  for (const [name, { value, isOwn }] of source) {
    if (!isOwn || value === undefined) continue
    const reason = notCopied.get(name) ?? (known.has(name) ? undefined : 'the destination does not know it')
    if (reason !== undefined) skipped.set(name, reason)
    // Also where it has the mirror's value already: what is not set again when the mirror stops goes back to the cluster's default.
    else if (overrides.has(name)) deferred.set(name, value)
    else if (name === 'min.insync.replicas' && Number(value) > replicationFactor) {
      const why = `the mirror has ${replicationFactor} replicas, the source asks for ${value} in sync`
      overridden.set(name, { value: String(replicationFactor), why })
    } else copied.set(name, value)
  }
  return { copied, overridden, deferred, skipped }
}

/** The settings with which the mirror topic is made. */
export function creationConfigs({ copied, overridden }: MirrorConfigs): ReadonlyMap<string, string> {
  return new Map([...copied, ...[...overridden].map(([name, { value }]) => [name, value] as const)])
}

/** What is set when the mirror stops: the source's own values; empty, for the cluster's default, where it has none. */
export function closingConfigs({ deferred, overridden }: MirrorConfigs): Readonly<Record<string, string>> {
  const names = [...overridden.keys()].filter((name) => overrides.has(name))
  return Object.fromEntries(names.map((name) => [name, deferred.get(name) ?? '']))
}
