import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { fileSchema } from '../../src/config/schema.ts'
import { runbookSchema } from '../../src/runbook/schema.ts'
import { drillRun } from '../support/drill-run.ts'
import { schemasOfLists } from '../../src/cli/document.ts'
import { jsonDocument } from '../../src/cli/json.ts'
import { expectPublished } from '../support/published.ts'
import { documents } from './schemas/documents.ts'

// docs/schemas is what scripts may rely on. It is made from documents.ts and from the schemas that read georep.yaml and runbooks (UPDATE_GOLDEN=1 writes it), and
// what georep prints in every golden file has to fit it, by a validator that is not zod.

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'docs', 'schemas')

/** As published: what is added later does not make it wrong. */
function published(): Readonly<Record<string, object>> {
  return {
    'georep.yaml.json': { ...z.toJSONSchema(fileSchema, { io: 'input' }), title: 'georep.yaml' },
    'georep.runbook.yaml.json': { ...z.toJSONSchema(runbookSchema, { io: 'input' }), title: 'a runbook' },
    ...Object.fromEntries(
      Object.entries(documents).map(([name, data]) => [
        `${name.replace('/', '.')}.json`,
        { ...z.toJSONSchema(document(name, data), { io: 'input' }), title: name },
      ]),
    ),
  }
}

function document(name: string, data: z.ZodType): z.ZodType {
  return z.object({ schema: z.literal(name), data })
}

const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { 'date-time': true } })

/** Every document in a golden file: its first JSON text. */
function goldenDocuments(): readonly { readonly file: string; readonly schema: string; readonly value: unknown }[] {
  const expected = join(import.meta.dirname, 'expected')
  return readdirSync(expected)
    .filter((name) => name.endsWith('-json.txt'))
    .map((file) => {
      const text = readFileSync(join(expected, file), 'utf8')
      const json = text.slice(text.indexOf('{\n'), text.lastIndexOf('\n}\n') + 3)
      const value = JSON.parse(json) as { readonly schema: string }
      return { file, schema: value.schema, value }
    })
}

function errorsOf(validate: ValidateFunction, value: unknown): unknown {
  return validate(value) ? [] : validate.errors
}

describe('docs/schemas', () => {
  it('is what the code says', () => {
    const files = Object.fromEntries(
      Object.entries(published()).map(([name, schema]) => [name, `${JSON.stringify(schema, null, 2)}\n`]),
    )
    if (process.env['UPDATE_GOLDEN'] === '1') {
      mkdirSync(folder, { recursive: true })
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    }
    const found = readdirSync(folder).filter((name) => name.endsWith('.json'))
    expect(Object.fromEntries(found.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))).toEqual(files)
  })

  it('has every document that is printed', () => {
    const printed = readdirSync(join(root, 'src', 'cli'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .flatMap((name) => readFileSync(join(root, 'src', 'cli', name), 'utf8').match(/'georep\.[A-Za-z-]+\/\d+'/g) ?? [])
      .map((text) => text.slice(1, -1))
    const missing = [...new Set(printed)].filter((name) => !Object.hasOwn(documents, name))
    expect(missing).toEqual([])
  })

  it('has every document of which tsv prints a list', () => {
    expect(schemasOfLists.filter((name) => !Object.hasOwn(documents, name))).toEqual([])
  })

  const printed = goldenDocuments()
  it.each(printed)('$file is a $schema, and has nothing that is not described', ({ schema, value }) => {
    const name = `${schema.replace('/', '.')}.json`
    const asPublished = ajv.compile(JSON.parse(readFileSync(join(folder, name), 'utf8')) as object)
    expect(errorsOf(asPublished, value)).toEqual([])
    const data = documents[schema as keyof typeof documents]
    const exact = ajv.compile(z.toJSONSchema(document(schema, data), { io: 'output' }))
    expect(errorsOf(exact, value)).toEqual([])
  })

  it('fits a drill as it is printed', () => {
    const { result: _, ...run } = drillRun('pass')
    const value = JSON.parse(jsonDocument('georep.run/1', { id: 'ab12', ...run })) as unknown
    const validate = ajv.compile(z.toJSONSchema(document('georep.run/1', documents['georep.run/1']), { io: 'output' }))
    expect(errorsOf(validate, value)).toEqual([])
    expect(printed.length).toBeGreaterThan(8)
  })

  it('refuses what is no such document', () => {
    const validate = ajv.compile(published()['georep.error.1.json'] ?? {})
    const good = { code: 'GR-X', kind: 'failed', message: 'm', stateNow: null, data: null, next: null }
    expect(validate({ schema: 'georep.error/1', data: good })).toBe(true)
    expect(validate({ schema: 'georep.error/1', data: { ...good, more: 1 } })).toBe(true) // additive
    expect(validate({ schema: 'georep.error/1', data: { ...good, code: 7 } })).toBe(false)
    expect(validate({ schema: 'georep.error/2', data: good })).toBe(false)
    const { next: _, ...short } = good
    expect(validate({ schema: 'georep.error/1', data: short })).toBe(false)
  })

  it('holds what commands print in tests, on real clusters too, to what is described', () => {
    const data = { code: 'GR-X', kind: 'failed', message: 'm', stateNow: null, data: null, next: null }
    const printed = (more: object): string => JSON.stringify({ schema: 'georep.error/1', data: { ...data, ...more } })
    for (const argv of [
      ['lag', '-o', 'json'],
      ['lag', '-ojson'],
      ['lag', '--output=json'],
    ]) {
      expect(() => { expectPublished(argv, printed({})) }).not.toThrow() // prettier-ignore
      expect(() => { expectPublished(argv, printed({ code: 7 })) }).toThrow() // prettier-ignore
      expect(() => { expectPublished(argv, printed({ more: 1 })) }).toThrow(/additional properties/) // prettier-ignore
    }
    expect(() => { expectPublished(['lag', '-o', 'table'], 'LINK') }).not.toThrow() // prettier-ignore
  })

  it('tells a good georep.yaml from one with an unknown key', () => {
    const validate = ajv.compile(published()['georep.yaml.json'] ?? {})
    const clusters = { east: { bootstrap: ['e:1'] } }
    expect(errorsOf(validate, { clusters, objectives: { rto: '30s' } })).toEqual([])
    expect(validate({ clusters, objectifs: {} })).toBe(false)
    expect(validate({ clusters: { east: { bootstap: ['e:1'] } } })).toBe(false)
    expect(validate({ clusters: { East: { bootstrap: ['e:1'] } } })).toBe(false)
  })

  it('tells runbooks that ship from one with an unknown kind of step', () => {
    const validate = ajv.compile(published()['georep.runbook.yaml.json'] ?? {})
    for (const name of readdirSync(join(root, 'runbooks'))) {
      const document = parse(readFileSync(join(root, 'runbooks', name), 'utf8')) as Record<string, unknown>
      expect({ name, errors: errorsOf(validate, document) }).toEqual({ name, errors: [] })
      expect(validate({ ...document, steps: [{ id: 'a', kind: 'mirror.promot', with: 'acl' }] })).toBe(false)
      expect(validate({ ...document, stepps: [] })).toBe(false)
    }
  })
})
