import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import module from 'node:module'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { installed, type Installed } from '../support/installed.ts'

// What Node 20 has compiled of dist, kept from one run to the next; newer ones do that by themselves.

let georep: Installed
let kept: string
beforeEach(() => {
  georep = installed({ hasDist: false })
  kept = join(georep.folder, 'cache', 'georep', `compiled-${process.version}-${process.arch}`)
  mkdirSync(join(georep.folder, 'cache'))
  write('bin.js', `const { say } = require('./cli/say.js'); say()`)
  write('cli/say.js', `exports.say = () => { console.log('said') }`)
})
afterEach(() => {
  georep.remove()
})

function write(name: string, text: string): void {
  const file = join(georep.folder, 'dist', name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

function run(cache = join(georep.folder, 'cache')): string {
  const env = { PATH: process.env['PATH'], XDG_CACHE_HOME: cache }
  const { status, stdout, stderr } = spawnSync(process.execPath, [georep.launcher, 'link'], { env, encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout
}

const names = ['bin.js', 'cli+say.js']
/** Old ones are seen to stay, or to be written anew. */
const makeOld = (): void => { for (const name of names) utimesSync(join(kept, name), 1, 1) } // prettier-ignore
const written = (): readonly string[] => readdirSync(kept).filter((name) => statSync(join(kept, name)).mtimeMs > 1_000)

describe.runIf(!('enableCompileCache' in module))('what was compiled', () => {
  beforeEach(() => {
    expect(run()).toBe('said\n')
    expect(readdirSync(kept).toSorted()).toEqual(names)
    expect(statSync(kept).mode & 0o777).toBe(0o700)
    makeOld()
  })

  it('is run by the next, and left as it is', () => {
    expect(run()).toBe('said\n')
    expect(written()).toEqual([])
  })

  it('of a file that has changed is made anew, though the file has its length', () => {
    write('cli/say.js', `exports.say = () => { console.log('SAID') }`)
    expect(run()).toBe('SAID\n')
    expect(written()).toEqual(['cli+say.js'])
  })

  it('is made anew where it was damaged, or is of another Node', () => {
    const [bin, say] = names.map((name) => join(kept, name)) as [string, string]
    truncateSync(bin, 100)
    const bytes = readFileSync(say)
    bytes[bytes.length - 20]! ^= 1
    writeFileSync(say, bytes)
    makeOld()
    expect(run()).toBe('said\n')
    expect(written()).toEqual(names)
  })

  it('is not run where others may write to it, and nothing is written there', () => {
    chmodSync(kept, 0o777)
    write('cli/say.js', `exports.say = () => { console.log('SAID') }`)
    expect(run()).toBe('SAID\n')
    expect(written()).toEqual([])
  })

  it('is kept nowhere without a folder for it', () => {
    expect(run('relative')).toBe('said\n')
    expect(run(join(georep.folder, 'absent'))).toBe('said\n')
    expect(existsSync(join(georep.folder, 'absent'))).toBe(false)
    writeFileSync(join(georep.folder, 'file'), '')
    expect(run(join(georep.folder, 'file'))).toBe('said\n')
  })
})
