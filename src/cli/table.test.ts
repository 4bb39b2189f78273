import { describe, expect, it } from 'vitest'
import { jsonDocument } from './json.ts'
import { styleOf } from './style.ts'
import { facts, table } from './table.ts'

describe('table', () => {
  const columns = [{ title: 'TOPIC' }, { title: 'LAG', align: 'right' }, { title: 'NOTE' }] as const
  it('has no borders, no ANSI, numbers to the right and nothing at the end of a line', () => {
    expect(
      table(columns, [
        ['orders', 5n, ''],
        ['a', 12_345, 'x'],
      ]),
    ).toBe(['TOPIC      LAG   NOTE\n', 'orders       5\n', 'a        12345   x\n'].join(''))
  })
  it('has its head when there are no rows', () => {
    expect(table(columns, [])).toBe('TOPIC   LAG   NOTE\n')
  })
  it('keeps the columns where cells are wide, and one line a row whatever the cell holds', () => {
    const text = table(columns, [
      ['日本\n\u001b[31m', 1, 'x'],
      ['b', 2, '\u009b2J'],
    ])
    expect(text.split('\n')).toHaveLength(4)
    expect(text).toContain('日本\\x0a\\x1b[31m     1   x')
    expect(text).toContain('\\x9b2J')
  })
  it('colours after the text was made harmless', () => {
    const row = [{ text: 'bad\u001b', paint: styleOf({ hasColor: true }).bad }, 1, 'x']
    expect(table(columns, [row])).toContain('\u001b[31mbad\\x1b\u001b[39m')
    const plain = [{ text: 'bad', paint: styleOf({ hasColor: false }).bad }, 1, 'x']
    expect(table(columns, [plain])).not.toContain('\u001b')
  })
})

it('facts stand under each other', () => {
  expect(
    facts([
      ['Link', 'east-west'],
      ['State now', 'ACTIVE'],
    ]),
  ).toBe('Link:        east-west\nState now:   ACTIVE\n')
  expect(facts([])).toBe('')
})

it('a JSON document has offsets as strings and nothing that a terminal obeys', () => {
  const text = jsonDocument('georep.test/1', { offset: 9007199254740993n, name: '\u001b\u009b\u202e' })
  expect(JSON.parse(text)).toEqual({
    schema: 'georep.test/1',
    data: { offset: '9007199254740993', name: '\u001b\u009b\u202e' },
  })
  expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
  expect(text.endsWith('}\n')).toBe(true)
})
