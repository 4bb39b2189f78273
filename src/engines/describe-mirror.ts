import { DeniedError } from '../kafka/denied.ts'
import { type ConfigEntry, topicConfigs } from '../kafka/topics.ts'
import type { MirrorRecord } from '../links/records.ts'
import { type Cancel, isSourceOpen, type LinkTarget, type MirrorConfigs, type MirrorDetail, type MirrorSetting, type MirrorView } from './engine.ts' // prettier-ignore
import { knownSettings } from './last-configs.ts'
import { reachedOrRefused } from './reachable.ts'

/** What an engine knows of its mirrors. */
export interface DescribedBy {
  readonly observe: (record: MirrorRecord, isSourceReachable: boolean) => Promise<MirrorView | undefined>
  /** What becomes of the settings of a source topic on a mirror with so many replicas, by the settings that its brokers know. */
  readonly wanted: (
    source: ReadonlyMap<string, ConfigEntry>,
    mirror: { readonly replicationFactor: number; readonly known: ReadonlySet<string> },
  ) => MirrorConfigs
}

/** See `ReplicationEngine.describeMirror`. */
export async function describeMirrorBy(
  engine: DescribedBy,
  target: LinkTarget,
  topic: string,
  options: Cancel,
): Promise<MirrorDetail | undefined> {
  const { state, link, source, destination } = target
  await state.glance(options)
  const record = state.mirror(link.name, topic)
  if (record === undefined) return undefined
  const answer = await reachedOrRefused(source, link, options)
  const isAnswering = isSourceOpen(answer)
  const view = await engine.observe(record, isAnswering)
  if (view === undefined) return undefined
  const seen = {
    view,
    failedAt: view.state.state === 'FAILED' ? state.failure(link.name, topic)?.at : undefined,
    unsynced: state.unsynced(link.name).get(topic)?.why ?? [],
    syncedAt: state.runner(link.name)?.syncedAt ?? undefined,
  }
  if (record.state.state === 'STOPPED') return { ...seen, ...unread(undefined) }
  const here = await unlessDenied(own(destination, record.mirrorTopic, options))
  const there = isAnswering ? await unlessDenied(own(source, record.sourceTopic, options)) : undefined
  if (here === undefined || here instanceof DeniedError) return { ...seen, ...unread(here) }
  const known = await unlessDenied(knownSettings(destination, options))
  if (known instanceof DeniedError) return { ...seen, ...unread(known) }
  const isSourceCompared = there !== undefined && !(there instanceof DeniedError)
  const wanted = engine.wanted(isSourceCompared ? there.configs : new Map<string, ConfigEntry>(), {
    replicationFactor: here.replicationFactor,
    known,
  })
  const settings = settingsOf(record, here.configs, wanted, isSourceCompared)
  const isGone = isAnswering && there === undefined
  const why = isGone ? `there is no topic "${record.sourceTopic}" on cluster "${source.name}"` : undefined
  return { ...seen, settings, isSourceCompared, settingsWhy: there instanceof DeniedError ? there.message : (answer.sourceRefusal ?? why) } // prettier-ignore
}

function unread(denied: DeniedError | undefined): Pick<MirrorDetail, 'settings' | 'isSourceCompared' | 'settingsWhy'> {
  return { settings: undefined, isSourceCompared: false, settingsWhy: denied?.message }
}

async function unlessDenied<T>(asked: Promise<T>): Promise<T | DeniedError> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof DeniedError) return error
    throw error
  }
}

interface OwnConfigs {
  readonly configs: ReadonlyMap<string, ConfigEntry>
  readonly replicationFactor: number
}

async function own(cluster: LinkTarget['source'], name: string, options: Cancel): Promise<OwnConfigs | undefined> {
  const topic = (await cluster.metadata([name], options)).topics.get(name)
  if (topic === undefined) return undefined
  const configs = (await topicConfigs(cluster, [name], options)).get(name) ?? new Map<string, ConfigEntry>()
  return { configs, replicationFactor: topic.partitions[0]?.replicas.length ?? 1 }
}

/** By name. Without the source's settings, what is not overridden counts as copied. */
export function settingsOf(
  { deferredConfigs }: Pick<MirrorRecord, 'deferredConfigs'>,
  here: ReadonlyMap<string, ConfigEntry>,
  wanted: MirrorConfigs,
  isSourceCompared: boolean,
): readonly MirrorSetting[] {
  const set = [...here].flatMap(([name, { value, isOwn }]) => (isOwn ? [[name, value] as const] : []))
  const isSet = new Set(set.map(([name]) => name))
  const settings = [
    ...set.map(([name, value]) => settingOf(name, value, wanted, isSourceCompared)),
    ...[...wanted.copied].filter(([name]) => !isSet.has(name)).map(([name, value]): MirrorSetting => ({ name, fate: 'own', value: undefined, why: `the source has ${value}, the mirror its cluster's default` })),
    ...Object.entries(deferredConfigs).filter(([, value]) => value !== '').map(([name, value]): MirrorSetting => ({ name, fate: 'deferred', value, why: 'set when the mirror stops' })),
    ...[...wanted.skipped].map(([name, why]): MirrorSetting => ({ name, fate: 'skipped', value: undefined, why })),
  ] // prettier-ignore
  return settings.toSorted((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1))
}

function settingOf(
  name: string,
  value: string | undefined,
  { copied, overridden }: MirrorConfigs,
  isSourceCompared: boolean,
): MirrorSetting {
  const override = overridden.get(name)
  if (override !== undefined) {
    const isAsMade = override.value === value
    return { name, fate: isAsMade ? 'overridden' : 'own', value, why: isAsMade ? override.why : `changed since: georep sets ${override.value}` } // prettier-ignore
  }
  const source = copied.get(name)
  if (source === value || !isSourceCompared) return { name, fate: 'copied', value, why: undefined }
  const why = source === undefined ? "the source has its cluster's default" : `the source has ${source}`
  return { name, fate: 'own', value, why }
}
