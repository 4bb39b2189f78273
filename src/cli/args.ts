import { InvalidArgumentError } from 'commander'
import { bytesFromText } from '../core/bytes.ts'
import { durationMsFromText } from '../core/duration.ts'
import type { OutputFormat } from './options.ts'

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

/** A shell-like pattern for names of consumer groups. */
export function groupGlob(text: string): string {
  if (text === '')
    throw new InvalidArgumentError('Expected the name of a consumer group, or a pattern such as orders-*.')
  return text
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
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(text) || text === '.' || text === '..') {
    throw new InvalidArgumentError('Expected a topic name: letters, digits, ".", "_" and "-", at most 249.')
  }
  return text
}

/** A consumer group. Kafka allows any text but the empty one. */
export function groupName(text: string): string {
  if (text === '') throw new InvalidArgumentError('Expected the name of a consumer group.')
  return text
}

export function outputFormat(text: string): OutputFormat {
  if (text !== 'table' && text !== 'json') throw new InvalidArgumentError('Expected table or json.')
  return text
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
