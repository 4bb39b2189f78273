import type { GeorepError } from '../core/errors.ts'
import { documentText } from './document.ts'
import { jsonLine } from './json.ts'
import { printableLines } from './printable.ts'

/** The text of an error for stderr: what happened, what holds now, what it means for the data, what to type next. */
export function renderError(error: GeorepError): string {
  const [first = '', ...rest] = printableLines(error.message)
  const lines = [
    `error ${error.code}: ${first}`,
    ...rest.map((line) => `  ${line}`),
    ...labelled('state now:', error.stateNow),
    ...labelled('data:', error.data),
    ...labelled('next:', error.next),
  ]
  return `${lines.join('\n')}\n`
}

/** The same for stdout, under `-o json` and `-o yaml`. */
export function errorDocument(error: GeorepError, format: 'json' | 'yaml'): string {
  return documentText(format, 'georep.error/1', fieldsOf(error))
}

/** The same for stderr, where that is a log of JSON lines. */
export function errorLine(error: GeorepError, now: Date): string {
  return jsonLine({ time: now.toISOString(), level: 'error', event: 'error', ...fieldsOf(error) })
}

function fieldsOf({ code, kind, message, stateNow, data, next }: GeorepError): Readonly<Record<string, string | null>> {
  return { code, kind, message, stateNow: stateNow ?? null, data: data ?? null, next: next ?? null }
}

function labelled(label: string, text: string | undefined): readonly string[] {
  if (text === undefined) return []
  return printableLines(text).map((line, index) => `  ${index === 0 ? label : ' '.repeat(label.length)} ${line}`)
}
