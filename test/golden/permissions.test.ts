import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { rightText } from '../../src/core/acl.ts'
import { type Role, roles } from '../../src/core/mm2-permissions.ts'
import type { Need, Side } from '../../src/core/needs.ts'
import { mm2Verbs, needsOf, verbs } from '../../src/core/permissions.ts'

const file = join(import.meta.dirname, '../../docs/permissions.md')

/** The rows of one side that have any. */
function rowsOf<Name extends string>(
  names: readonly Name[],
  needs: (name: Name) => readonly Need[],
  side: Side,
): readonly string[] {
  return names.flatMap((name) => {
    const rights = needs(name)
      .filter((need) => need.side === side)
      .map(({ right, without }) => `${rightText(right).replaceAll('"', '`')}${without === undefined ? '' : ` (else ${without})`}`) // prettier-ignore
    return rights.length === 0 ? [] : [`| \`${name}\` | ${rights.join('; ')} |`]
  })
}

/** The tables, by the heading that each stands under. */
const tables = (['source', 'destination'] as const).flatMap((side) => [
  [`## On the ${side}\n`, 'verb', rowsOf(verbs, (verb) => needsOf(verb), side)] as const,
  [`### What georep needs on the ${side}\n`, 'verb', rowsOf(mm2Verbs, (verb) => needsOf(verb, 'mm2'), side)] as const,
  [`### What carries the link needs on the ${side}\n`, 'who', rowsOf(Object.keys(roles) as Role[], (role) => needsOf(role), side)] as const, // prettier-ignore
])

it('the documentation lists exactly the rights that the sandbox grants and that errors name', () => {
  const text = readFileSync(file, 'utf8')
  let wanted = text
  for (const [heading, of, rows] of tables) {
    expect(wanted.split(heading), heading).toHaveLength(2)
    const from = wanted.indexOf(heading) + heading.length
    const table = [`| ${of} | rights |`, '|---|---|', ...rows].join('\n')
    wanted = `${wanted.slice(0, from)}${table}${wanted.slice(wanted.indexOf('\n\n', from))}`
  }
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, wanted)
  else expect(text).toBe(wanted)
})
