import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundled } from '../support/bundle.ts'
import { installed, type Installed } from '../support/installed.ts'
import { isInstalled } from '../support/shells.ts'

// Colour and spinner on a terminal that is real: util-linux's `script` makes one. A verb is replaced by one that takes a while and prints in colour.

const isThere = process.platform === 'linux' && isInstalled('script')
if (!isThere) console.warn('NOT TESTED: colour and spinner on a terminal, for want of util-linux script')

let georep: Installed
let removeVerb: () => void
beforeAll(() => {
  georep = installed({ hasDist: true })
  const cli = join(import.meta.dirname, '../../src/cli')
  const body = `import { openProgress } from '${cli}/progress.ts'
import { styleOf } from '${cli}/style.ts'
import { table } from '${cli}/table.ts'
export async function runConfigValidate(options, context) {
  const progress = await openProgress(context.io)
  progress.step('working')
  progress.status('(12 s, canary 30/s)')
  await new Promise((resolve) => setTimeout(resolve, 400))
  progress.note('noted')
  progress.done('worked')
  progress.step('breaking')
  progress.fail()
  const { ok } = styleOf(context.io)
  context.io.out(table([{ title: 'STATE' }], [[{ text: 'fine', paint: ok }]]))
  if (context.env.SHOW_ROWS === '1') context.io.out(\`rows \${context.io.rows()}\\n\`)
  return 0
}
`
  const source = join(georep.folder, 'verb.mjs')
  writeFileSync(source, body)
  const { file, remove } = bundled(source, 'cjs')
  removeVerb = remove
  const instead = `exports.runConfigValidate = require(${JSON.stringify(file)}).runConfigValidate\n`
  writeFileSync(join(georep.folder, 'dist', 'cli', 'config', 'validate-run.js'), instead)
}, 120_000)
afterAll(() => {
  removeVerb()
  georep.remove()
})

const escape = '\u001b'
const painted = new RegExp(`${escape}\\[[0-9;]*m`)

/** All that appears on the terminal. `command` is a shell's line in which `$georep` is the verb. */
async function onTerminal(command: string, env: Readonly<Record<string, string>> = {}, columns = 80): Promise<string> {
  const words = `"${process.execPath}" "${georep.launcher}" config validate`
  const child = spawn(
    'script',
    ['-qec', `stty cols ${columns} rows 24; ${command.replaceAll('$georep', words)}`, '/dev/null'],
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: '/nowhere',
        XDG_CACHE_HOME: '/dev/null',
        TERM: 'xterm',
        SHELL: '/bin/sh',
        ...env,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    },
  )
  let seen = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen += text
  })
  const timer = setTimeout(() => {
    process.kill(-(child.pid ?? 0), 'SIGKILL')
  }, 60_000)
  const [code] = (await once(child, 'close')) as [number]
  clearTimeout(timer)
  expect(code).toBe(0)
  return seen
}

describe.runIf(isThere)('on a terminal', { timeout: 90_000 }, () => {
  it('there are a spinner and colour', async () => {
    const seen = await onTerminal('$georep')
    expect(seen).toMatch(/⠋|⠙|⠹/)
    expect(seen).toContain(`${escape}[32mfine${escape}[39m`)
    expect(seen).toMatch(/noted\r?\n/)
    expect(seen).toContain('worked')
    // How it stands is beside the step while that lasts, and does not stay.
    expect(seen).toMatch(/working \(12 s, canary 30\/s\)/)
    expect(seen).not.toMatch(/worked \(12 s/)
  })

  it.each([
    ['NO_COLOR', '$georep', { NO_COLOR: '1' }],
    ['--no-color', '$georep --no-color', {}],
    ['NO_COLOR and FORCE_COLOR, which asks for more than there is', '$georep', { NO_COLOR: '1', FORCE_COLOR: '1' }],
  ])('there is no colour with %s, and the words say it all', async (_, command, env) => {
    const seen = await onTerminal(command, env)
    expect(seen).not.toMatch(painted)
    expect(seen).toMatch(/STATE\r?\nfine/)
    expect(seen).toContain('worked')
  })

  it('that is dumb there are plain lines alone', async () => {
    const seen = await onTerminal('$georep', { TERM: 'dumb' })
    expect(seen.replaceAll('\r', '')).toBe('working\nnoted\nworked\nbreaking\nfailed: breaking\nSTATE\nfine\n')
  })

  it('a view that is drawn anew knows how many lines there are, and that there are none on a dumb one or in a pipe', async () => {
    expect(await onTerminal('$georep', { SHOW_ROWS: '1' })).toMatch(/rows 24\r?\n/)
    expect(await onTerminal('$georep', { SHOW_ROWS: '1', TERM: 'dumb' })).toMatch(/rows undefined\r?\n/)
    expect(await onTerminal('$georep | cat', { SHOW_ROWS: '1' })).toMatch(/rows undefined\r?\n/)
  })

  it('that nobody gave a size there are plain lines', async () => {
    expect((await onTerminal('$georep', {}, 0)).replaceAll('\r', '')).toMatch(/^working\nnoted\nworked\n/)
  })

  it('with stdout in a pipe the data has no colour, while the spinner runs', async () => {
    const seen = await onTerminal('$georep | od -c | grep -c 033; true')
    expect(seen).toMatch(/⠋|⠙|⠹/)
    expect(seen.trimEnd().split(/\r?\n/).at(-1)).toBe('0')
  })

  it('with stderr in a file there is no spinner in it', async () => {
    const file = join(georep.folder, 'err')
    const seen = await onTerminal(`$georep 2> ${file}; cat ${file}`)
    expect(seen).toContain('working\r\nnoted\r\nworked\r\n')
    expect(seen).not.toMatch(/⠋|⠙|⠹/)
  })
})

it.each([{}, { FORCE_COLOR: '1' }])('without a terminal there are plain lines and no colour, %j', (env) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [georep.launcher, 'config', 'validate'], {
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', ...env },
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect({ stdout, stderr, status }).toEqual({
    stdout: 'STATE\nfine\n',
    stderr: 'working\nnoted\nworked\nbreaking\nfailed: breaking\n',
    status: 0,
  })
})
