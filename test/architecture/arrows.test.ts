import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sourceOf, sourcesBelow } from './imports.ts'
import { violations } from './rules.ts'

const root = join(import.meta.dirname, '../..')
const sources = sourcesBelow(join(root, 'src'))

it('every import follows the arrows of the design', () => {
  expect(sources.length).toBeGreaterThan(30)
  expect(sources.some(({ imports }) => imports.length > 0)).toBe(true)
  expect(violations(sources)).toEqual([])
})

it('every import with a dot finds its file', () => {
  const files = new Set(sources.map(({ file }) => file))
  const missing = sources.flatMap(({ file, imports }) =>
    imports.filter((each) => each.isOurs && !files.has(each.target)).map((each) => `${file} → ${each.target}`),
  )
  expect(missing).toEqual([])
})

it('no barrel, no default export, no enum, no file above 350 lines', () => {
  const bad = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const text = readFileSync(join(root, 'src', name), 'utf8')
      return [
        ...(/^export default\b/m.test(text) ? [`${name}: default export`] : []),
        ...(/^export \* from\b/m.test(text) ? [`${name}: barrel`] : []),
        ...(/^(export )?(const )?enum\b/m.test(text) ? [`${name}: enum`] : []),
        ...(!name.endsWith('.test.ts') && text.split('\n').length > 351
          ? [`${name}: ${text.split('\n').length - 1} lines`]
          : []),
      ]
    })
  expect(bad).toEqual([])
})

describe('a broken rule is seen', () => {
  it.each([
    ['core/a.ts', `import { readFile } from 'node:fs'`, 'core imports nothing outside core'],
    ['core/a.ts', `import type { B } from '../kafka/b.ts'`, 'core must not see kafka'],
    ['kafka/a.ts', `import { b } from '../links/b.ts'`, 'kafka must not see links'],
    ['kafka/a.ts', `export { b } from '../cli/b.ts'`, 'kafka must not see cli'],
    ['links/a.ts', `const b = await import('../engines/embedded/b.ts')`, 'links must not see engines'],
    ['config/a.ts', `import { b } from '../history/b.ts'`, 'config must not see history'],
    ['drill/a.ts', `type B = import('../engines/embedded/b.ts').B`, 'of the engines it may see engines/engine.ts only'],
    ['yaml/a.ts', `import { b } from '../config/b.ts'`, 'yaml must not see config'],
    ['runbook/a.ts', `import { b } from '../config/b.ts'`, 'runbook must not see config'],
    ['connect/a.ts', `import { b } from '../kafka/b.ts'`, 'connect must not see kafka'],
    ['links/a.ts', `import { b } from '../connect/b.ts'`, 'links must not see connect'],
    ['drill/a.ts', `import { b } from '../links/b.ts'`, 'drill must not see links'],
    ['engines/mm2/a.ts', `import { b } from '../embedded/b.ts'`, 'an engine must not import another'],
    ['engines/embedded/carry/a.ts', `import { b } from '../run/b.ts'`, 'carry must not see run'],
    ['engines/embedded/holes/a.ts', `import { b } from '../b.ts'`, 'holes must not see what puts the rooms together'],
    ['engines/embedded/attic/a.ts', `export const a = 1`, 'lies in no room of the embedded engine'],
    ['cli/a.ts', `import { Kafka } from 'kafkajs'`, 'know kafkajs'],
    ['drill/a.ts', `import Connection from 'kafkajs/src/network/connection.js'`, 'know kafkajs'],
    ['drill/a.ts', `import { Chalk } from 'chalk'`, 'only cli knows a terminal'],
    ['links/a.ts', `export const pid = process.pid`, 'only bin.ts may'],
    ['links/a.ts', `const { env } = process`, 'only bin.ts may'],
    ['links/a.ts', `import { pid } from 'node:process'`, 'only bin.ts may'],
    ['links/a.ts', `function f(a: number) { return process.pid + a }`, 'only bin.ts may'],
    ['util/a.ts', `export const a = 1`, 'lies in no folder of the design'],
  ])('%s: %s', (file, text, expected) => {
    expect(violations([sourceOf(file, text)])).toEqual([expect.stringContaining(expected)])
  })

  it('two files that touch the internals of kafkajs', () => {
    const text = `import Connection from 'kafkajs/src/network/connection.js'`
    expect(violations([sourceOf('kafka/a.ts', text)])).toEqual([])
    expect(violations([sourceOf('kafka/a.ts', text), sourceOf('kafka/b.ts', text)])).toHaveLength(1)
  })

  it('a heavy import on the way to --help, and on the way to a verb', () => {
    const heavy = sourceOf('cli/heavy.ts', `import { z } from 'zod'`)
    const late = sourceOf('cli/late.ts', `import type { z } from 'zod'\nconst heavy = await import('./heavy.ts')`)
    expect(violations([sourceOf('bin.ts', `import { a } from './cli/late.ts'`), late, heavy])).toEqual([])
    expect(violations([sourceOf('bin.ts', `import { a } from './cli/heavy.ts'`), heavy])).toHaveLength(1)
    const program = sourceOf('cli/program.ts', `const add = await import('./link/link.ts')`)
    const link = sourceOf('cli/link/link.ts', `import { a } from '../heavy.ts'`)
    expect(violations([program, link, heavy])).toHaveLength(1)
  })

  it('a circle, of types and of what is loaded late', () => {
    const [run, verb] = [sourceOf('cli/run.ts', `import type { A } from './verb.ts'`), sourceOf('cli/verb.ts', `const run = await import('./run.ts')`)] // prettier-ignore
    expect(violations([run, verb])).toEqual(['cli/run.ts → cli/verb.ts → cli/run.ts is a circle'])
  })

  it('but a property called process is nobody’s business', () => {
    expect(violations([sourceOf('links/a.ts', `const a = { process: 1 }\nconst b = a.process`)])).toEqual([])
    expect(violations([sourceOf('links/a.ts', `function f(process: B) { return () => process.pid }`)])).toEqual([])
    expect(violations([sourceOf('links/a.ts', `function f() { for (const process of all) process.end() }`)])).toEqual(
      [],
    )
  })
})
