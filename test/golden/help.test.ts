import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { allCommands } from '../support/commands.ts'
import { run } from '../support/context.ts'
import { expectGolden } from './golden.ts'

const files: string[] = []
for (const { path } of await allCommands()) {
  const name = ['georep', ...path].join('-')
  files.push(`help-${name}.txt`)
  it(`help of ${name}`, async () => {
    expectGolden(`help-${name}.txt`, (await run([...path, '--help'])).out)
  })
}

it('there is no help of a command that is gone', () => {
  const kept = readdirSync(join(import.meta.dirname, 'expected')).filter((name) => name.startsWith('help-'))
  expect(kept.toSorted()).toEqual(files.toSorted())
})
