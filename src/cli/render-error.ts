import type { GeorepError } from '../core/errors.ts'
import { jsonDocument } from './json.ts'
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

/** The same for stdout, under `-o json`. */
export function errorDocument(error: GeorepError): string {
  return jsonDocument('georep.error/1', {
    code: error.code,
    kind: error.kind,
    message: error.message,
    stateNow: error.stateNow ?? null,
    data: error.data ?? null,
    next: error.next ?? null,
  })
}

function labelled(label: string, text: string | undefined): readonly string[] {
  if (text === undefined) return []
  return printableLines(text).map((line, index) => `  ${index === 0 ? label : ' '.repeat(label.length)} ${line}`)
}
