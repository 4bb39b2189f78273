import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { rightText } from '../../src/core/acl.ts'
import { needsOf, type Side, verbs } from '../../src/core/permissions.ts'

const file = join(import.meta.dirname, '../../docs/permissions.md')

/** The table of one side, as the documentation has it. */
function tableOf(side: Side): string {
  const rows = verbs.flatMap((verb) => {
    const needs = needsOf(verb).filter((need) => need.side === side)
    const rights = needs.map(({ right, without }) => `${rightText(right).replaceAll('"', '`')}${without === undefined ? '' : ` (else ${without})`}`) // prettier-ignore
    return rights.length === 0 ? [] : [`| \`${verb}\` | ${rights.join('; ')} |`]
  })
  return ['| verb | rights |', '|---|---|', ...rows].join('\n')
}

it('the documentation lists exactly the rights that the sandbox grants and that errors name', () => {
  const text = readFileSync(file, 'utf8')
  const heading = { source: '## On the source\n', destination: '## On the destination\n' }
  let wanted = text
  for (const side of ['source', 'destination'] as const) {
    const from = wanted.indexOf(heading[side]) + heading[side].length
    const end = wanted.indexOf('\n\n', from)
    wanted = `${wanted.slice(0, from)}${tableOf(side)}${wanted.slice(end)}`
  }
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, wanted)
  else expect(text).toBe(wanted)
})
