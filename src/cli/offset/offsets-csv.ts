import { offset, type Offset } from '../../core/offset.ts'

// The CSV that Kafka's own tool writes with --reset-offsets --export and reads with --from-file: no header; group, topic, partition and offset, or the
// last three when one group is named. A field with a comma, a quote or a line end stands in quotes, RFC 4180.

export interface ExportedOffset {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  readonly metadata: string
}

/** One group that is named, and no pattern. */
export function isOneName(groups: readonly string[]): boolean {
  return groups.length === 1 && !/[*?]/.test(groups[0] ?? '')
}

export function csvOfOffsets(offsets: readonly ExportedOffset[], { hasGroup }: { readonly hasGroup: boolean }): string {
  return offsets
    .map(
      ({ group, topic, partition, offset: at }) =>
        `${[...(hasGroup ? [quoted(group)] : []), topic, partition, at].join(',')}\n`,
    ) // prettier-ignore
    .join('')
}

function quoted(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const largestOffset = 2n ** 63n - 1n

/** Blanks and tabs alone: Kafka's tool writes a name that begins or ends with another space, such as U+00A0, without quotes. */
const aroundField = /^[ \t]+|[ \t]+$/g

/**
 * @param group of lines without one
 * @returns the offsets, or what is wrong with which line
 */
export function offsetsOfCsv(text: string, group: string | undefined): readonly ExportedOffset[] | string {
  const offsets: ExportedOffset[] = []
  const rows = rowsOf(text)
  if (typeof rows === 'string') return rows
  for (const { line, fields } of rows) {
    if (fields.length !== 3 && fields.length !== 4) return `line ${line}: expected group,topic,partition,offset`
    const [name, topic = '', partition = '', at = ''] = fields.length === 4 ? fields : [group, ...fields]
    if (name === undefined) return `line ${line}: it names no group; say which with --group`
    if (topic === '') return `line ${line}: no topic`
    if (!/^\d{1,9}$/.test(partition)) return `line ${line}: "${partition}" is no partition`
    if (!/^\d{1,19}$/.test(at) || BigInt(at) > largestOffset) return `line ${line}: "${at}" is no offset`
    offsets.push({ group: name, topic, partition: Number(partition), offset: offset(BigInt(at)), metadata: '' })
  }
  return offsets
}

function rowsOf(text: string): readonly { readonly line: number; readonly fields: readonly string[] }[] | string {
  const rows: { line: number; fields: string[] }[] = []
  // A field in quotes, which may have line ends, or one without; and what ends it.
  const field = /(?:[ \t]*"([^"]*(?:""[^"]*)*)"[ \t]*|([^",\r\n]*))(,|\r?\n|$)/y
  for (let line = 1; field.lastIndex < text.length;) {
    const start = field.lastIndex
    const fields: string[] = []
    for (let isOpen = true; isOpen;) {
      const match = field.exec(text)
      if (match === null) return `line ${line}: expected group,topic,partition,offset`
      fields.push(match[1]?.replaceAll('""', '"') ?? (match[2] ?? '').replace(aroundField, ''))
      isOpen = match[3] === ','
    }
    const row = text.slice(start, field.lastIndex)
    if (row.trim() !== '') rows.push({ line, fields })
    line += row.split('\n').length - 1
  }
  return rows
}
