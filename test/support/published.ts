import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { expect } from 'vitest'
import { z } from 'zod'
import { documents } from '../golden/schemas/documents.ts'

const folder = join(import.meta.dirname, '../../docs/schemas')
const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { 'date-time': true } })
const validators = new Map<string, readonly ValidateFunction[]>()

/**
 * Whatever a test has a command print with `-o json` is held to the schema that scripts are promised, docs/schemas, and has nothing that is not
 * described there.
 *
 * @param argv what was typed; without `-o json` nothing is looked at
 */
export function expectPublished(argv: readonly string[], out: string): void {
  const isJson = argv.some((word, index) => word === '-ojson' || word === '--output=json' || (word === 'json' && /^(-o|--output)$/.test(argv[index - 1] ?? ''))) // prettier-ignore
  if (!isJson || out.trim() === '') return
  const documents = argv.includes('--watch') ? out.trimEnd().split('\n') : [out]
  for (const one of documents) expectDocument(one, argv.join(' '))
}

/** One document, from wherever it came. */
export function expectDocument(text: string, from: string): void {
  const document = JSON.parse(text) as { readonly schema: string }
  const errors = validatorsOf(document.schema).flatMap((validate) =>
    validate(document) ? [] : (validate.errors ?? []),
  )
  const wrong = errors.map(({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`) // prettier-ignore
  expect(wrong, `${document.schema} of ${from}:\n${wrong.join('\n')}`).toEqual([])
}

function validatorsOf(schema: string): readonly ValidateFunction[] {
  const known = validators.get(schema)
  if (known !== undefined) return known
  const file = readFileSync(join(folder, `${schema.replace('/', '.')}.json`), 'utf8')
  const shape = z.object({ schema: z.literal(schema), data: documents[schema as keyof typeof documents] })
  const made = [JSON.parse(file) as object, z.toJSONSchema(shape, { io: 'output' })].map((one) => ajv.compile(one))
  validators.set(schema, made)
  return made
}
