import { parse, type DefaultTreeAdapterTypes } from 'parse5'
import { SaxesParser } from 'saxes'
import { expect } from 'vitest'
import type { RunData } from '../../src/history/record.ts'
import { jsonDocument } from '../../src/cli/json.ts'
import { type ReportInput, reportInputFrom, type ReportSources } from '../../src/report/report-input.ts'
import type { DrillVerdict } from '../../src/core/verdict.ts'
import { drillRun } from './drill-run.ts'

/** A record as it is read from its file: plain JSON, with its place in the chain. */
export function recordOf(run: object, more: object = {}): Readonly<Record<string, unknown>> {
  const place = { schema: 'georep.run/1', id: 'ab12', previous: 'c'.repeat(64), previousId: 'aa11' }
  const text = jsonDocument('georep.run/1', { ...place, ...run, ...more })
  return (JSON.parse(text) as { readonly data: Readonly<Record<string, unknown>> }).data
}

export function drillRecord(
  verdict: DrillVerdict,
  { mode = 'sandbox', ...more }: { readonly mode?: 'sandbox' | 'practice' } & Partial<RunData> = {},
): Readonly<Record<string, unknown>> {
  const { result: _, ...run } = drillRun(verdict, mode)
  return recordOf(run, more)
}

/** Runs of the same scope and mode from before, and one that is not to be mixed in. */
export function earlierRuns(record: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  const { scope, scenario, mode, rto, rpo } = record
  const one = (n: number, more: object): Readonly<Record<string, unknown>> => ({
    ...{
      id: `aa0${n}`,
      kind: 'drill',
      scope,
      scenario,
      mode,
      status: 'completed',
      verdict: 'pass',
      georepVersion: '0.0.0',
      rto,
      rpo,
    },
    ...{ startedAt: `2025-1${n}-02T10:00:00.000Z`, endedAt: `2025-1${n}-02T10:00:16.000Z` },
    ...more,
  })
  const unknown = { value: null, error: null, unit: 'ms', why: 'it did not come back' }
  return [
    one(0, { rto: { serviceMs: { value: 3_100, error: 101, unit: 'ms', why: null } } }),
    one(1, { verdict: 'unknown', rto: { serviceMs: unknown } }),
    one(2, { id: 'ff99', mode: 'another', verdict: 'fail' }),
    one(2, { verdict: 'splitBrain', status: 'completed' }),
  ]
}

export function inputOf(record: Readonly<Record<string, unknown>>, more: Partial<ReportSources> = {}): ReportInput {
  return reportInputFrom({
    record,
    hash: 'd'.repeat(64),
    runs: [...earlierRuns(record), record],
    chain: { records: 5, problems: 0 },
    madeBy: '0.0.0',
    madeAt: '2026-01-02T12:00:00.000Z',
    ...more,
  })
}

export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: XmlElement[]
  text: string
}

/** By a parser that forgives nothing. Throws at the first thing that is not well formed. */
export function parsedXml(text: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true })
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' }
  const open = [root]
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    const values = Object.entries(attributes).map(([key, one]) => [key, one.value])
    const element = { name, attributes: Object.fromEntries(values) as Record<string, string>, children: [], text: '' }
    open.at(-1)?.children.push(element)
    open.push(element)
  })
  parser.on('closetag', () => {
    open.pop()
  })
  parser.on('text', (one) => {
    const element = open.at(-1)
    if (element !== undefined) element.text += one
  })
  parser.write(text).close()
  const [only] = root.children
  if (only === undefined) throw new Error('no element')
  return only
}

export function elementsIn(root: XmlElement): readonly XmlElement[] {
  return [root, ...root.children.flatMap(elementsIn)]
}

/** Presentation attributes and what HTML without CSS has: whatever else turns up wants a look. */
const allowed = new Set([
  ...[
    'lang',
    'charset',
    'name',
    'content',
    'id',
    'role',
    'scope',
    'align',
    'valign',
    'nowrap',
    'border',
    'bgcolor',
    'text',
  ],
  ...[
    'cellpadding',
    'cellspacing',
    'xmlns',
    'aria-labelledby',
    'width',
    'height',
    'viewBox',
    'x',
    'y',
    'x1',
    'y1',
    'x2',
    'y2',
  ],
  ...[
    'cx',
    'cy',
    'r',
    'd',
    'fill',
    'stroke',
    'stroke-width',
    'stroke-dasharray',
    'font-family',
    'font-size',
    'font-weight',
  ],
  ...['text-anchor', 'patternUnits'],
])

/**
 * An HTML report as it has to be: without a parse error by the rules of HTML, well formed by those of XML, and with nothing in it that a content policy blocks
 * or that reaches out of the file. Returns its elements.
 */
export function expectPlainHtml(text: string): readonly XmlElement[] {
  const wrong: string[] = []
  const document = parse(text, {
    sourceCodeLocationInfo: true,
    onParseError: ({ code, startLine }) => wrong.push(`${code} in line ${startLine}`),
  })
  const elements = elementsIn(parsedXml(text))
  const names = elements.map(({ name }) => name)
  if (htmlNames(document).join(' ') !== names.join(' ')) wrong.push('a browser sees other elements')
  for (const name of names) if (refused.has(name)) wrong.push(`<${name}>`)
  for (const { name, attributes } of elements) {
    for (const [key, value] of Object.entries(attributes)) {
      if (!allowed.has(key)) wrong.push(`${key} of <${name}>`)
      if (value.includes('url(') && !/^url\(#[a-z0-9-]+\)$/.test(value)) wrong.push(`${key}="${value}"`)
    }
  }
  const ids = elements.flatMap(({ attributes }) => attributes['id'] ?? [])
  if (new Set(ids).size !== ids.length) wrong.push('two elements with one id')
  for (const chart of elements.filter(({ name }) => name === 'svg')) {
    const [title, description] = chart.children
    if (title?.name !== 'title' || title.text === '') wrong.push('a chart without a title')
    if (description?.name !== 'desc' || description.text === '') wrong.push('a chart without a description')
    const labels = [title, description].map((one) => one?.attributes['id']).join(' ')
    if (chart.attributes['aria-labelledby'] !== labels) wrong.push('a chart whose title labels another')
    const values = elementsIn(chart).flatMap(({ attributes }) => Object.values(attributes))
    wrong.push(...values.filter((value) => /NaN|Infinity|undefined/.test(value)))
  }
  for (const { attributes, children } of elements.filter(({ name }) => name === 'table')) {
    if (attributes['role'] === undefined && children[0]?.name !== 'caption') wrong.push('a table without a caption')
  }
  expect(wrong).toEqual([])
  return elements
}

const refused = new Set([
  'style',
  'script',
  'link',
  'img',
  'iframe',
  'object',
  'foreignObject',
  'use',
  'a',
  'base',
  'form',
])

/** As a browser sees them: names in the order of their start tags. */
function htmlNames(node: DefaultTreeAdapterTypes.Node): readonly string[] {
  const own = 'tagName' in node ? [node.tagName] : []
  const children = 'childNodes' in node ? node.childNodes : []
  return [...own, ...children.flatMap(htmlNames)]
}
