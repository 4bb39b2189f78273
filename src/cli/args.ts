import { InvalidArgumentError } from 'commander'
import { bytesFromText } from '../core/bytes.ts'
import { durationMsFromText } from '../core/duration.ts'
import { GeorepError } from '../core/errors.ts'
import { isPlainHttpUrl } from '../core/http-url.ts'
import { isTopicName, salvagePlaceFrom } from '../core/salvage-place.ts'
import type { ConnectorRole, ConnectorSetting } from '../engines/engine.ts'

// Commander accepts what a parser returns, NaN included: everything here throws instead.

/** Milliseconds from `500ms`, `30s`, `5m`, `2h`, `90d`. */
export function durationMs(text: string): number {
  const ms = durationMsFromText(text)
  if (ms === undefined) throw new InvalidArgumentError('Expected a duration with a unit, such as 500ms, 30s, 5m or 2h.')
  return ms
}

/** A duration above zero: a time-out, an interval. */
export function positiveDurationMs(text: string): number {
  const ms = durationMs(text)
  if (ms <= 0) throw new InvalidArgumentError('Expected a duration above zero.')
  return ms
}

/** A whole number of records, as large as an offset may be. */
export function count(text: string): bigint {
  if (!/^\d{1,19}$/.test(text)) throw new InvalidArgumentError('Expected a whole number, zero or more.')
  return BigInt(text)
}

export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a whole number above zero.')
  return Number(text)
}

/** Bytes from `64MB`, `128MiB`, at least 16 MB: two fetches must fit in. */
export function memoryBytes(text: string): number {
  const bytes = bytesFromText(text)
  if (bytes === undefined) throw new InvalidArgumentError('Expected a size with a unit, such as 64MB or 128MiB.')
  if (bytes < 16_000_000) throw new InvalidArgumentError('Expected at least 16MB.')
  return bytes
}

export interface ListenAddress {
  /** As it was given. */
  readonly text: string
  /** Undefined for every address of this machine. */
  readonly host: string | undefined
  /** 0 for any that is free. */
  readonly port: number
}

/** Where to listen: `:9464` for every address of this machine, `127.0.0.1:9464`, `[::1]:9464`. */
export function listenAddress(text: string): ListenAddress {
  const match = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9]([A-Za-z0-9.-]{0,252})))?:(\d{1,5})$/.exec(text)
  const port = Number(match?.[4])
  if (match === null || port > 65_535) {
    throw new InvalidArgumentError('Expected an address such as :9464, 127.0.0.1:9464 or [::1]:9464.')
  }
  return { text, host: match[1] ?? match[2], port }
}

/** A shell-like pattern for names of consumer groups. */
export function groupGlob(text: string): string {
  if (text === '')
    throw new InvalidArgumentError('Expected the name of a consumer group, or a pattern such as orders-*.')
  return text
}

/** What `--groups` stands for: `none` alone is no group at all. */
export function groupsOrNone(globs: readonly string[]): readonly string[] {
  return globs.length === 1 && globs[0] === 'none' ? [] : globs
}

/** A shell-like pattern for principals, or for what ACLs are about. */
export function aclGlob(text: string): string {
  if (text === '') throw new InvalidArgumentError('Expected a name, or a pattern such as orders-*.')
  return text
}

export type SyncedText = 'acls' | 'none'

/** What a runner brings over beside records, group offsets, settings and partitions. */
export function synced(text: string): SyncedText {
  if (text === 'acls' || text === 'none') return text
  throw new InvalidArgumentError('Expected acls, or none.')
}

export type ProtectedText = 'acl' | 'none'

/** How others than the runner are kept from writing to mirror topics. */
export function protectedBy(text: string): ProtectedText {
  if (text === 'acl' || text === 'none') return text
  throw new InvalidArgumentError('Expected acl, or none.')
}

/** As ACLs name who comes in. */
export function principalName(text: string): string {
  if (/^[A-Za-z]+:[^*]+$/.test(text)) return text
  throw new InvalidArgumentError('Expected a principal such as User:georep.')
}

/** The name of a topic setting, or a pattern of some. */
export function settingGlob(text: string): string {
  if (/^[a-z0-9.*?-]{1,249}$/.test(text)) return text
  throw new InvalidArgumentError('Expected the name of a topic setting, or a pattern such as retention.* in quotes.')
}

/** The name of a cluster in georep.yaml. */
export function clusterName(text: string): string {
  if (!isName(text)) throw new InvalidArgumentError(nameRule)
  return text
}

/** A link's name, `<source>-<destination>`. Which two clusters it means is decided with the file: core/link-name.ts. */
export function linkName(text: string): string {
  if (!isName(text) || !text.includes('-')) {
    throw new InvalidArgumentError('Expected the name of a link, <source>-<destination>, such as east-west.')
  }
  return text
}

/** A topic by Kafka's own rules: letters, digits, `.`, `_` and `-`, at most 249 of them, and neither `.` nor `..`. */
export function topicName(text: string): string {
  if (isTopicName(text)) return text
  throw new InvalidArgumentError('Expected a topic name: letters, digits, ".", "_" and "-", at most 249.')
}

/** A folder, or `topic:` and the name of a topic, in which `{topic}` stands for that of the one that is saved. */
export function salvagePlace(text: string): string {
  if (salvagePlaceFrom(text) !== undefined) return text
  throw new InvalidArgumentError(
    'Expected a folder, or topic:<name> such as topic:orders.salvaged or topic:{topic}.salvaged.',
  )
}

/** A topic, or a pattern for topics: with `*` for any run of characters or `?` for any one. No topic's name has these. */
export function topicOrPattern(text: string): string {
  if (/^[a-zA-Z0-9._*?-]{1,249}$/.test(text) && text !== '.' && text !== '..') return text
  throw new InvalidArgumentError('Expected a topic name, or a pattern such as orders-* in quotes.')
}

/** What the names of mirror topics begin with. */
export function topicPrefix(text: string): string {
  if (!/^[a-zA-Z0-9._-]{1,100}$/.test(text) || text.startsWith('__')) {
    throw new InvalidArgumentError('Expected letters, digits, ".", "_" and "-", at most 100, and not "__" first.')
  }
  return text
}

/** Bytes a second from `10MB/s`, `512KiB/s`; at least 1 KB. */
export function bytesPerSecond(text: string): number {
  const bytes = text.endsWith('/s') ? bytesFromText(text.slice(0, -2)) : undefined
  if (bytes === undefined) throw new InvalidArgumentError('Expected a size a second with a unit, such as 10MB/s.')
  if (bytes < 1_000) throw new InvalidArgumentError('Expected at least 1KB/s.')
  return bytes
}

/** As `bytesPerSecond`, or `none`. */
export function bytesPerSecondOrNone(text: string): number | 'none' {
  return text === 'none' ? text : bytesPerSecond(text)
}

/** Where Kafka Connect's REST interface answers. @throws GeorepError "usage": Commander would quote what was given, which may hold a password */
export function connectUrl(text: string): string {
  if (isPlainHttpUrl(text)) return text
  throw new GeorepError('usage', 'GR-USAGE', 'option "--connect <url>" is invalid. Expected http://host:port or https://host:port, without a user name, a query and a fragment', {
    next: 'put user name and password under "connect" of the destination in georep.yaml, with the same URL',
  }) // prettier-ignore
}

/** The name of a connector in Kafka Connect, which takes nearly any text. */
export function connectorName(text: string): string {
  if (text === '' || text.length > 1_000) throw new InvalidArgumentError('Expected the name of a connector.')
  return text
}

const roleNames: ReadonlyMap<string, ConnectorRole> = new Map([
  ['source', 'source'],
  ['checkpoint', 'checkpoint'],
  ['heartbeat', 'heartbeat'],
  ['return-heartbeat', 'returnHeartbeat'],
])

/** `key=value` for all connectors of a link, `source:key=value` for one. */
export function connectorSetting(text: string): ConnectorSetting {
  const [, name, key, value] = /^(?:([a-z-]+):)?([A-Za-z0-9._-]+)=([^]*)$/.exec(text) ?? []
  const role = name === undefined ? undefined : roleNames.get(name)
  // Without quoting it: it may hold a password.
  if (key === undefined || value === undefined || (name !== undefined && role === undefined)) throw new InvalidArgumentError(`Expected key=value, or one of ${[...roleNames.keys()].join(', ')} before it: source:tasks.max=8.`) // prettier-ignore
  return { role, key, value }
}

export type EngineName = 'embedded' | 'mm2'

export function engineName(text: string): EngineName {
  if (text !== 'embedded' && text !== 'mm2') throw new InvalidArgumentError('Expected embedded or mm2.')
  return text
}

export type NamingText = 'identity' | 'prefixed'

export function naming(text: string): NamingText {
  if (text !== 'identity' && text !== 'prefixed') throw new InvalidArgumentError('Expected identity or prefixed.')
  return text
}

export type OutputFormat = 'table' | 'json' | 'yaml' | 'tsv'

export const outputFormats: readonly OutputFormat[] = ['table', 'json', 'yaml', 'tsv']

export function outputFormat(text: string): OutputFormat {
  const format = outputFormats.find((each) => each === text)
  if (format === undefined) throw new InvalidArgumentError('Expected table, json, yaml or tsv.')
  return format
}

/** Makes a parser for an option that may be given several times, or several values at once. */
export function collected<T>(
  parse: (text: string) => T,
): (text: string, previous: readonly T[] | undefined) => readonly T[] {
  return (text, previous) => [...(previous ?? []), parse(text)]
}

const nameRule = 'Expected a name: lower case letters, digits, "-", "_" and ".", starting with a letter or digit.'

function isName(text: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,199}$/.test(text)
}
