import { matcherFromGlobs } from '../../../core/glob.ts'
import type { ConfigEntry } from '../../../kafka/topics.ts'
import type { LinkRecord, MirrorRecord } from '../../../links/records.ts'
import type { MirrorConfigs } from '../../engine.ts'
import { type BrokersForConfigs, changesIn, ownOf } from '../../last-configs.ts'
import { closingConfigs, mirrorConfigsFrom } from './mirror-configs.ts'

/** What becomes of the settings of a source topic on a mirror of this link. */
export function mirrorConfigsOf(
  { syncConfigsExclude }: Pick<LinkRecord, 'syncConfigsExclude'>,
  source: ReadonlyMap<string, ConfigEntry>,
  brokers: BrokersForConfigs,
): MirrorConfigs {
  return withoutExcluded(mirrorConfigsFrom(source, brokers), syncConfigsExclude)
}

/** The same without settings that the link leaves out: neither while it is a mirror nor afterwards the source's values are set. */
export function withoutExcluded(configs: MirrorConfigs, exclude: readonly string[]): MirrorConfigs {
  if (exclude.length === 0) return configs
  const isExcluded = matcherFromGlobs(exclude)
  const isFixed = isFixedIn(configs)
  const isKept = ([name]: readonly [string, unknown]): boolean => !isExcluded(name)
  const names = [...configs.copied.keys(), ...configs.deferred.keys(), ...configs.overridden.keys()]
  const left = names.filter((name) => isExcluded(name) && (!isFixed(name) || configs.deferred.has(name)))
  return {
    copied: new Map([...configs.copied].filter(isKept)),
    overridden: new Map([...configs.overridden].filter((one) => isKept(one) || isFixed(one[0]))),
    deferred: new Map([...configs.deferred].filter(isKept)),
    skipped: new Map([...configs.skipped, ...left.map((name) => [name, 'the link leaves it out'] as const)]),
  }
}

/** What is to be done so that a mirror has the settings of its source, and what its record says when that is done. */
export interface ConfigChanges {
  /** On the mirror topic; undefined takes back what was copied. */
  readonly set: ReadonlyMap<string, string | undefined>
  readonly after: Pick<MirrorRecord, 'copiedConfigs' | 'deferredConfigs'>
}

/**
 * What the source has of its own is set where the mirror has it otherwise, whoever has changed it there, and so is what a mirror needs. What was copied and is not the source's own any
 * more is taken back while it still has the value that was copied: another is the operator's, as is all that was never copied.
 *
 * @param wanted what becomes of the source's settings now
 * @param mirror what the mirror topic has now
 */
export function configChanges(
  record: Pick<MirrorRecord, 'copiedConfigs' | 'deferredConfigs'>,
  wanted: MirrorConfigs,
  mirror: ReadonlyMap<string, ConfigEntry>,
): ConfigChanges {
  const copied = copiedFrom(wanted)
  const isFixed = isFixedIn(wanted)
  const fixed = [...wanted.overridden].flatMap(([name, { value }]) => (isFixed(name) ? [[name, value] as const] : []))
  const set = new Map(changesIn(mirror, new Map([...copied, ...fixed])))
  for (const [name, value] of Object.entries(record.copiedConfigs ?? {})) {
    const isElsewhere = copied.has(name) || wanted.skipped.has(name) || wanted.overridden.has(name)
    if (!isElsewhere && ownOf(mirror, name) === value) set.set(name, undefined)
  }
  return { set, after: recordedConfigs(wanted) }
}

/** What a mirror's record says of settings when its topic has them: what was brought over, and what is to be set when it stops. */
export function recordedConfigs(wanted: MirrorConfigs): Required<Pick<MirrorRecord, 'copiedConfigs' | 'deferredConfigs'>> {
  // In the order in which they stand in records: what is written anew without a change stays the same text.
  return { deferredConfigs: closingConfigs(wanted), copiedConfigs: Object.fromEntries(copiedFrom(wanted)) }
} // prettier-ignore

/** The settings with the source's values, as far as the mirror can have them. */
function copiedFrom(wanted: MirrorConfigs): ReadonlyMap<string, string> {
  const isFixed = isFixedIn(wanted)
  const adapted = [...wanted.overridden].flatMap(([name, { value }]) => (isFixed(name) ? [] : [[name, value] as const]))
  return new Map([...wanted.copied, ...adapted])
}

/** The record when all was done but these: of them it says what it said. */
export function recordAfter(
  record: MirrorRecord,
  { after }: ConfigChanges,
  refused: ReadonlySet<string>,
): MirrorRecord {
  const before = Object.entries(record.copiedConfigs ?? {}).filter(([name]) => refused.has(name))
  const done = Object.entries(after.copiedConfigs ?? {}).filter(([name]) => !refused.has(name))
  return { ...record, deferredConfigs: after.deferredConfigs, copiedConfigs: Object.fromEntries([...before, ...done]) }
}

/** Do the two say the same of settings? */
export function saySame(one: MirrorRecord, other: MirrorRecord): boolean {
  return textOf(one) === textOf(other)
}

function textOf({ copiedConfigs, deferredConfigs }: MirrorRecord): string {
  const inOrder = (configs: Readonly<Record<string, string>> | undefined): unknown =>
    configs === undefined ? null : Object.entries(configs).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([inOrder(copiedConfigs), inOrder(deferredConfigs)])
}

/** Those that a mirror has otherwise than any source, until it stops; min.insync.replicas only follows the number of replicas. */
function isFixedIn({ overridden }: MirrorConfigs): (name: string) => boolean {
  const fixed = closingConfigs({ copied: new Map(), overridden, deferred: new Map(), skipped: new Map() })
  return (name) => Object.hasOwn(fixed, name)
}
