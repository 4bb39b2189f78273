import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonDocument, jsonDocumentOfRows, jsonRows } from './json.ts'

const row = fc.record({
  group: fc.string({ unit: 'binary' }),
  from: fc.option(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })),
  inner: fc.array(fc.integer(), { maxLength: 3 }),
})

test('a document of rows that were made before is the document of all of them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(row, { minLength: 1, maxLength: 4 }), { maxLength: 4 }),
      fc.string(),
      (portions, name) => {
        const data = { name, count: 7n }
        const text = jsonDocumentOfRows('georep.some/1', data, 'rows', portions.map(jsonRows))
        expect(text).toBe(jsonDocument('georep.some/1', { ...data, rows: portions.flat() }))
      },
    ),
  )
})
