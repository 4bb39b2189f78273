import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { installed, type Installed } from '../support/installed.ts'

// bin/georep in a package and in a source checkout, with a npm that only writes down that it was called.

let georep: Installed
beforeEach(() => {
  georep = installed({ hasDist: false })
})
afterEach(() => {
  georep.remove()
})

const at = (...path: readonly string[]): string => join(georep.folder, ...path)
const write = (path: string, text: string): void => {
  mkdirSync(join(at(path), '..'), { recursive: true })
  writeFileSync(at(path), text)
}

/** A fake npm: `ci` installs, `run build -- --outDir x` builds after a while, and both are written to npm.log. */
function checkout(npmBody = ''): void {
  write('src/bin.ts', '')
  write('build/bundle.mjs', '')
  write('package-lock.json', '{}')
  mkdirSync(at('.git'))
  write('fake/package.json', '{}')
  write(
    'fake/npm',
    `#!${process.execPath}
const fs = require('node:fs'), path = require('node:path')
const argv = process.argv.slice(2)
fs.appendFileSync(${JSON.stringify(at('npm.log'))}, argv[0] + ' ' + (argv[1] ?? '') + '\\n')
${npmBody}
if (argv[0] === 'ci') { fs.mkdirSync('node_modules', { recursive: true }); fs.writeFileSync('node_modules/.package-lock.json', '{}') }
else { const out = argv.at(-1); fs.mkdirSync(out); setTimeout(() => fs.writeFileSync(path.join(out, 'bin.js'), 'console.log("ran", ...process.argv.slice(2))'), 300) }
`,
  )
  chmodSync(at('fake', 'npm'), 0o755)
}

const env = (): NodeJS.ProcessEnv => ({ PATH: at('fake') })
const run = (...argv: readonly string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [georep.launcher, ...argv], { env: env(), encoding: 'utf8', timeout: 15_000 })
const calls = (): readonly string[] => readFileSync(at('npm.log'), 'utf8').trim().split('\n')
const leftovers = (): readonly string[] =>
  readdirSync(georep.folder).filter((name) => /^dist\.tmp|lock\b(?!\.json)/.test(name))

describe('a package', () => {
  it('without dist is broken, and is not built', () => {
    checkout()
    rmSync(at('src'), { recursive: true })
    const { status, stderr } = run('link')
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /^error GR-INSTALL: .*bin\.js is missing, and there is no source to build it from\n {2}next: /,
    )
    expect(existsSync(at('npm.log'))).toBe(false)
  })

  it('with a dist that cannot be loaded says so', () => {
    write('dist/bin.js', `require('georep-no-such-package')`)
    const { status, stderr } = run('link')
    expect(status).toBe(1)
    expect(stderr).toMatch(/^error GR-INSTALL: georep cannot be loaded\n/)
  })
})

describe('a source checkout', () => {
  it('is installed and built once, said on stderr, and then runs', () => {
    checkout()
    expect(run('a', 'b')).toMatchObject({
      status: 0,
      stdout: 'ran a b\n',
      stderr:
        'georep: first run in this source checkout: installing packages and building, once; this may take a minute\n',
    })
    expect(run('c')).toMatchObject({ status: 0, stdout: 'ran c\n', stderr: '' })
    expect(calls()).toEqual(['ci --include=dev', 'run build'])
    expect(leftovers()).toEqual([])
  })

  it('is not installed again when it is, and is when the lock file changed since', () => {
    checkout()
    write('node_modules/.package-lock.json', '{}')
    run()
    expect(calls()).toEqual(['run build'])
    rmSync(at('dist'), { recursive: true })
    const later = new Date(Date.now() + 5_000)
    utimesSync(at('package-lock.json'), later, later)
    run()
    expect(calls()).toEqual(['run build', 'ci --include=dev', 'run build'])
  })

  it('is built by one when several start at once', async () => {
    checkout()
    const all = Array.from({ length: 5 }, async (_, index) => {
      const child = spawn(process.execPath, [georep.launcher, String(index)], { env: env() })
      let out = ''
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
      const [code] = (await once(child, 'close')) as [number]
      return { code, out }
    })
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4].map((index) => ({ code: 0, out: `ran ${index}\n` })))
    expect(calls()).toEqual(['ci --include=dev', 'run build'])
    expect(leftovers()).toEqual([])
  })

  it('is built although one that was killed left its lock and half a build', () => {
    checkout()
    const { pid } = spawnSync(process.execPath, ['-e', '0'])
    write('.georep-build.lock/owner', `${hostname()} ${pid}`)
    write('dist.tmp-99/bin.js', '')
    write('dist/cli/half.js', '')
    expect(run('a')).toMatchObject({ status: 0, stdout: 'ran a\n' })
    expect(readdirSync(at('dist'))).toEqual(['bin.js'])
    expect(leftovers()).toEqual([])
  })

  it('shows what npm said when it failed, and leaves nothing half done', () => {
    checkout(`if (argv[0] === 'run') { console.error('src/x.ts: type error'); process.exit(2) }`)
    const { status, stdout, stderr } = run('a')
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toContain('src/x.ts: type error\n')
    expect(stderr).toMatch(/error GR-BUILD: "npm run build [^"]*" ended with 2\n {2}next: npm ci && npm run build\n$/)
    expect(existsSync(at('dist'))).toBe(false)
    expect(leftovers()).toEqual([])
  })

  it('says that npm is missing', () => {
    checkout()
    rmSync(at('fake', 'npm'))
    expect(run('a')).toMatchObject({ status: 1, stderr: expect.stringContaining('npm is needed') as string })
    expect(leftovers()).toEqual([])
  })

  it('warns, and no more, when a source file is newer than dist; not for --help, and not for a test file', () => {
    checkout()
    write('dist/bin.js', 'console.log("ran")')
    const later = new Date(Date.now() + 5_000)
    write('src/cli/main.test.ts', '')
    utimesSync(at('src/cli/main.test.ts'), later, later)
    expect(run('link')).toMatchObject({ stdout: 'ran\n', stderr: '' })
    utimesSync(at('src/bin.ts'), later, later)
    expect(run('link')).toMatchObject({
      status: 0,
      stdout: 'ran\n',
      stderr: 'warning: dist is older than src; npm run build brings it up to date\n',
    })
    expect(run('--help')).toMatchObject({ stdout: 'ran\n', stderr: '' })
    rmSync(at('.git'), { recursive: true })
    expect(run('link')).toMatchObject({ stdout: 'ran\n', stderr: '' })
    expect(existsSync(at('npm.log'))).toBe(false)
  })
})

describe('the first file', () => {
  const text = readFileSync(join(import.meta.dirname, '../../bin/georep'), 'utf8')

  it('refuses a Node that is too old, in words that it can read', () => {
    write('dist/bin.js', 'console.log("ran")')
    for (const [version, isGood] of [
      ['20.18.9', false],
      ['18.20.0', false],
      ['0.10.48', false],
      ['20.19.0', true],
      ['22.0.0', true],
    ] as const) {
      const script = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } }); process.argv.splice(1, 0, ${JSON.stringify(georep.launcher)}); require(${JSON.stringify(georep.launcher)})`
      const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })
      if (isGood) expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'ran\n', stderr: '' })
      else
        expect({ status, stderr }).toEqual({
          status: 1,
          stderr: expect.stringContaining(`and this is ${version}\n`) as string,
        })
    }
    expect(text).not.toMatch(/=>|`|\b(const|let|class|async|await|import|export)\b[^'.]*[=({]|\?\./)
  })

  it('asks for the Node that package.json asks for', () => {
    const { engines } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as { engines: { node: string } }
    expect(engines.node).toBe(`>=${/needed = \[(\d+), (\d+)\]/.exec(text)!.slice(1).join('.')}`)
  })
})
