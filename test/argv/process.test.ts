import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installed, type Installed } from '../support/installed.ts'

// bin.ts in a process of its own: signals, streams, exit codes. A verb is replaced by one that does what a test needs.

let georep: Installed
beforeAll(() => {
  georep = installed({ hasDist: true })
})
afterAll(() => {
  georep.remove()
})

const env = { PATH: process.env['PATH'], HOME: '/nowhere', XDG_CACHE_HOME: '/dev/null' }

function verb(body: string): void {
  const text = `exports.runConfigValidate = async (options, context) => { ${body} }\n`
  writeFileSync(join(georep.folder, 'dist', 'cli', 'config', 'validate-run.js'), text)
}

function start(): ChildProcess {
  return spawn(process.execPath, [georep.launcher, 'config', 'validate'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function ended(child: ChildProcess): Promise<{ code: number | null; err: string }> {
  let err = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  child.stdout?.resume()
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, err }
}

function runSync(...argv: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [georep.launcher, ...argv], {
    env,
    encoding: 'utf8',
    timeout: 15_000,
    maxBuffer: 10_000_000,
  })
}

describe('the process', () => {
  it('prints the help and the version of the package', () => {
    expect(runSync('--help')).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(/^Usage: georep/) as string,
    })
    const { version } = JSON.parse(readFileSync(join(georep.folder, 'package.json'), 'utf8')) as { version: string }
    expect(runSync('--version').stdout).toBe(`${version}\n`)
  })

  it('runs through a symbolic link, as npm makes them', () => {
    const link = join(georep.folder, 'georep-link')
    symlinkSync(georep.launcher, link)
    expect(spawnSync(link, ['lnk'], { env, encoding: 'utf8' })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('GR-USAGE') as string,
    })
  })

  it('ends with the code of the verb, though a handle is left open', () => {
    verb(`setInterval(() => {}, 1000); context.io.out('data\\n'); return 6`)
    expect(runSync('config', 'validate')).toMatchObject({ status: 6, stdout: 'data\n', stderr: '' })
  })

  it('writes all of a large output before it ends', () => {
    verb(`context.io.out('x'.repeat(3_000_000)); return 0`)
    expect(runSync('config', 'validate').stdout).toHaveLength(3_000_000)
  })

  it('ends with 1 when nothing is left to wait for, and the verb has not ended', () => {
    verb(`await new Promise(() => {})`)
    expect(runSync('config', 'validate').status).toBe(1)
  })

  it('says that the working directory is gone, which is no bug', () => {
    const inNone = (words: string) => spawnSync('sh', ['-c', `mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@"`, join(georep.folder, 'gone'), process.execPath, georep.launcher, ...words.split(' ')], { env, encoding: 'utf8', timeout: 15_000 }) // prettier-ignore
    expect(inNone('config validate')).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(/^error GR-NO-FOLDER: the working directory is gone\n {2}next: /) as string }) // prettier-ignore
    expect(inNone('--help')).toMatchObject({ status: 0, stderr: '' })
  })

  it.skipIf(process.getuid?.() !== 0)('runs under an id that no user has, without HOME', () => {
    verb(`context.io.out(JSON.stringify([context.home, context.user])); return 0`)
    chmodSync(georep.folder, 0o755)
    const nobody = { env: { PATH: env.PATH }, uid: 54_321, gid: 54_321, encoding: 'utf8', timeout: 15_000 } as const
    const ran = spawnSync(process.execPath, [georep.launcher, 'config', 'validate'], nobody)
    expect(ran).toMatchObject({ status: 0, stdout: '["",""]', stderr: '' })
  })

  it('prints the stack of a bug, and ends with 1', () => {
    verb(`throw new TypeError('oops')`)
    const { status, stderr } = runSync('config', 'validate')
    expect(status).toBe(1)
    expect(stderr).toMatch(/^error GR-BUG: this is a bug in georep \d.*\nTypeError: oops\n {4}at /)
  })

  it('lets a verb clean up after a bug outside of its own promise', () => {
    verb(
      `Promise.reject(new Error('stray')); await new Promise((r) => context.signal.addEventListener('abort', r)); context.io.err('cleaned\\n'); throw context.signal.reason`,
    )
    const { status, stderr } = runSync('config', 'validate')
    expect(status).toBe(1)
    expect(stderr).toMatch(/Error: stray[^]*cleaned\nerror GR-BUG: stopped by a bug in georep\n/)
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 143],
  ] as const)('%s stops the verb, lets it clean up, and ends with %d', async (signal, code) => {
    verb(
      `context.io.err('up\\n'); const keep = setInterval(() => {}, 1000); await new Promise((r) => context.signal.addEventListener('abort', r)); context.io.err('cleaned\\n'); throw context.signal.reason`,
    )
    const child = start()
    const end = ended(child)
    await once(child.stderr!, 'data')
    child.kill(signal)
    expect(await end).toEqual({ code, err: `up\ncleaned\nerror GR-INTERRUPTED: interrupted by ${signal}\n` })
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends at once on a second %s with %d, but not on one that npm passed on', async (signal, code) => {
    verb(`context.io.err('up\\n'); setInterval(() => {}, 1000); await new Promise(() => {})`)
    const child = start()
    const end = ended(child)
    await once(child.stderr!, 'data')
    child.kill(signal)
    await new Promise((resolve) => setTimeout(resolve, 50))
    child.kill(signal)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(child.exitCode).toBe(null)
    child.kill(signal)
    expect((await end).code).toBe(code)
  })

  it('finishes what it does when nobody reads any more', () => {
    verb(
      `for (let i = 0; i < 50; i++) { context.io.out('x'.repeat(10_000) + '\\n'); await context.time.wait(2, context.signal) }; context.io.err('done\\n'); return 0`,
    )
    const command = `"${process.execPath}" "${georep.launcher}" config validate | head -c 1 >/dev/null; exit \${PIPESTATUS[0]}`
    const { status, stderr } = spawnSync('bash', ['-c', command], { env, encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'done\n' })
  })

  it.runIf(existsSync('/dev/full'))('says that its output could not be written, and does not call that done', () => {
    const intoFull = (body: string) => {
      verb(body)
      return spawnSync('sh', ['-c', '"$@" > /dev/full', 'sh', process.execPath, georep.launcher, 'config', 'validate'], { env, encoding: 'utf8', timeout: 15_000 }) // prettier-ignore
    }
    const said = expect.stringMatching(/^error GR-STDOUT: not all of the output could be written: ENOSPC/) as string
    expect(intoFull(`context.io.out('x\\n'); return 0`)).toMatchObject({ status: 1, stderr: said })
    // What the verb has found is not hidden by it.
    expect(intoFull(`context.io.out('x\\n'); return 3`)).toMatchObject({ status: 3, stderr: said })
    expect(intoFull('return 0')).toMatchObject({ status: 0, stderr: '' })
  })

  it('waits, and stops waiting for the reason it was told', () => {
    verb(`const a = performance.now(); await context.time.wait(30, context.signal); const stop = new AbortController(); setTimeout(() => stop.abort(new Error('why')), 20);
      const caught = await context.time.wait(60_000, stop.signal).catch((e) => e.message); context.io.out(caught + (performance.now() - a > 45)); return 0`)
    expect(runSync('config', 'validate').stdout).toBe('whytrue')
  })
})
