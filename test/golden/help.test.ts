import { it } from 'vitest'
import { allCommands } from '../support/commands.ts'
import { run } from '../support/context.ts'
import { expectGolden } from './golden.ts'

for (const { path } of await allCommands()) {
  const name = ['georep', ...path].join('-')
  it(`help of ${name}`, async () => {
    expectGolden(`help-${name}.txt`, (await run([...path, '--help'])).out)
  })
}
