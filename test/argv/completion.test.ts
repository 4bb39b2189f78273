import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../support/context.ts'
import { installed, type Installed } from '../support/installed.ts'
import { isInstalled, typed } from '../support/shells.ts'

// Completion, asked as the scripts ask it, and then through the scripts in the shells themselves: what a Tab leaves on the line.

let folder: string
let georep: Installed
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'georep-completion-'))
  mkdirSync(join(folder, '.git'))
  writeFileSync(join(folder, 'georep.yaml'), 'clusters:\n  east: { bootstrap: [e:1] }\n  west: { bootstrap: [w:1] }\n')
  writeFileSync(join(folder, 'other.yaml'), 'clusters:\n  north: { bootstrap: 1 }\n  South: {}\n')
  mkdirSync(join(folder, 'runs'))
  for (const name of ['20260101T000000Z-aa11.json', '20260102T000000Z-ab22.json', 'head.json', 'x.json'])
    writeFileSync(join(folder, 'runs', name), '')
  georep = installed({ hasDist: true })
}, 120_000)
afterAll(() => {
  georep.remove()
  rmSync(folder, { recursive: true, force: true })
})

async function candidates(...words: readonly string[]): Promise<readonly string[]> {
  const { code, out, err } = await run(['__complete', 'words', ...words], { cwd: folder })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return out.split('\n').slice(0, -1)
}
const values = async (...words: readonly string[]): Promise<readonly string[]> =>
  (await candidates(...words)).map((line) => line.split('\t', 1)[0] ?? '')

describe('candidates', () => {
  it('are the nouns with what they do, the verbs of a noun, and the options of a verb', async () => {
    expect(await candidates('li')).toEqual(['link\tcreate, run and describe replication links'])
    expect(await values('history', '')).toEqual(['list', 'show', 'verify', 'export', 'prune'])
    expect(await values('history', 'prune', '--')).toEqual([
      '--accept-broken', '--keep', '--older-than', '--confirm', '--dry-run', '--history-dir', '--output', '--config', '--no-color', '--help',
    ]) // prettier-ignore
    expect(await values('-')).toEqual(['--version', '--config', '--no-color', '--help'])
  })

  it('of a noun that does something by itself are its verbs and its options, until one of these is there', async () => {
    const [first, second, third, fourth, ...options] = await values('drill', '')
    expect([first, second, third, fourth]).toEqual(['run', 'report', 'compare', 'due'])
    expect(options).toContain('--sandbox')
    const after = await values('--config', 'other.yaml', 'drill', '--sandbox', '')
    expect(after).not.toContain('report')
    expect(after).toContain('--report')
    expect(await values('drill', '--report', 'a.html', '--repo')).toEqual(['--report'])
    expect(await values('drill', 'report', '--')).toEqual([
      '--format', '--out', '--history-dir', '--config', '--no-color', '--help',
    ]) // prettier-ignore
    expect(await values('drill', 'report', '--format', '')).toEqual(['html', 'markdown', 'junit', 'prometheus'])
    expect(await values('drill', 'compare', '--history-dir', 'runs', 'aa11', 'a')).toEqual(['ab22', 'aa11'])
  })

  it('leave out an option that was given, and a word that is none leads nowhere', async () => {
    expect(await values('history', 'prune', '--keep', '3', '--dry-run', '--c')).toEqual(['--confirm', '--config'])
    expect(await values('histry', '')).toEqual([])
    expect(await values('history', 'list', '--no-such', '--out')).toEqual(['--output'])
    expect(await values('history', 'list', '--', '-')).toEqual([])
  })

  it.each([
    [
      ['link', 'list', '-o', ''],
      ['table', 'json', 'yaml', 'tsv'],
    ],
    [['link', 'list', '--output=j'], ['--output=json']],
    [
      ['lag', '-o', ''],
      ['table', 'json', 'yaml', 'tsv', 'prometheus', 'junit'],
    ],
    [['lag', '--textfile', ''], [':files']],
    // A value that need not be given
    [['lag', '--watch', ''], []],
    [['lag', '--watch', '--obj'], ['--objectives']],
    [['lag', '--watch', '--link', 'w'], ['west-east']],
    [['lag', '--watch', '2s', '--obj'], ['--objectives']],
    [
      ['mirror', 'list', '--link', ''],
      ['east-west', 'west-east'],
    ],
    [['mirror', 'list', '--link=w'], ['--link=west-east']],
    [
      ['link', 'run', ''],
      ['east-west', 'west-east'],
    ],
    [['link', 'run', '--config', 'other.yaml', ''], []],
    [['--config=none.yaml', 'link', 'run', ''], []],
    [
      ['link', 'run', '--log-format', ''],
      ['text', 'json'],
    ],
    [['--config', ''], [':files']],
    [['history', 'list', '--history-dir', ''], [':folders']],
    [
      ['history', 'show', '--history-dir', 'runs', ''],
      ['ab22', 'aa11'],
    ],
    [['history', 'show', '--history-dir=runs', 'aa'], ['aa11']],
    [['mirror', 'failover', '--link', 'east-west', '--confirm', ''], []],
    [['mirror', 'failover', ''], []],
    [
      ['offset', 'reset', '--cluster', ''],
      ['east', 'west'],
    ],
    [
      ['offset', 'reset', '--to', ''],
      ['earliest', 'latest'],
    ],
    [['offset', 'reset', '--group', ''], []],
    // A folder, or topic:<name>
    [['mirror', 'rebuild', 'orders', '--salvage', ''], [':folders']],
    [['mirror', 'restore', '--salvage', ''], [':folders']],
    [
      ['cluster', 'describe', ''],
      ['east', 'west'],
    ],
    // Whatever georep.yaml names
    [
      ['sandbox', 'kill', '--config', 'other.yaml', ''],
      ['east', 'west'],
    ],
    [
      ['link', 'create', 'east-west', '--engine', ''],
      ['embedded', 'mm2'],
    ],
    [['offset', 'reset', '--plan', ''], [':files']],
    [['offset', 'import', '--cluster', 'west', '--undo', ''], [':files']],
    [['offset', 'import', ''], [':files']],
    [['offset', 'apply', ''], [':files']],
    [['offset', 'rollback', ''], [':files']],
    [
      ['offset', 'export', '--format', ''],
      ['json', 'csv'],
    ],
    [['offset', 'export', '--file', ''], [':files']],
    // What is to be thought of
    [['offset', 'reset', '--cluster', 'west', '--confirm', ''], []],
    [['offset', 'clamp', '--link', 'east-west', '--confirm=e'], []],
  ])('of the values for %j', async (words, expected) => {
    expect(await values(...words)).toEqual(expected)
  })

  it('of a file that is wrong, that is not there, or that is hostile are none that could do harm', async () => {
    writeFileSync(join(folder, 'bad.yaml'), 'clusters:\n  "a\\n$(touch x)": {}\n  "b c": {}\n  ok: 3\n  also: 4\n')
    expect(await values('--config', 'bad.yaml', 'link', 'run', '')).toEqual(['ok-also', 'also-ok'])
    writeFileSync(join(folder, 'torn.yaml'), 'clusters: [')
    expect(await values('--config', 'torn.yaml', 'link', 'run', '')).toEqual([])
    expect(await values('--config', '/dev/zero', 'link', 'run', '')).toEqual([])
  })

  it.each([
    ['georep link li', ['list']],
    ['georep  --config "a b.yaml"  link \t li', ['list']],
    [`georep --config 'a b' link li`, ['list']],
    ['georep --config a\\ b link li', ['list']],
    ['georep history "sh', ['show']],
    ['georep', []],
    ['', []],
  ])('of the line %j', async (line, expected) => {
    const { out } = await run(['__complete', 'line', line], { cwd: folder })
    const lines = out.split('\n').slice(0, -1)
    expect(lines.map((each) => each.split('\t', 1)[0])).toEqual(line.includes(' ') ? expected : lines.map(() => expect.any(String) as string)) // prettier-ignore
  })

  it('never fail, whatever is asked', async () => {
    for (const argv of [['__complete'], ['__complete', 'x'], ['__complete', 'words'], ['__complete', 'line']]) {
      expect((await run(argv)).code).toBe(0)
    }
  })
})

/** A line that is typed, with Tab at its end, and the line that this leaves. Without a completion of its own a Tab would offer files in the last one. */
const tabs: readonly (readonly [string, string])[] = [
  ['georep hist', 'georep history '],
  ['georep link cr', 'georep link create '],
  ['georep history prune --older', 'georep history prune --older-than '],
  ['georep link list -o js', 'georep link list -o json '],
  ['georep mirror list --link ea', 'georep mirror list --link east-west '],
  ['georep mirror list --link=ea', 'georep mirror list --link=east-west '],
  ['georep --config oth', 'georep --config other.yaml '],
  ['georep history show --history-dir ru', 'georep history show --history-dir runs/'],
  ['georep history show --history-dir runs a', 'georep history show --history-dir runs a'],
  ['georep nosuch ', 'georep nosuch '],
]

describe.each([
  {
    shell: 'bash',
    command: 'bash --norc --noprofile -i',
    setUp: (seen: string) =>
      `source <(georep completion bash); show() { printf '%s\\n' "$READLINE_LINE" >> ${seen}; READLINE_LINE=; }; bind -x '"\\C-t": show'; bind 'set enable-bracketed-paste off'`,
  },
  {
    shell: 'zsh',
    command: 'zsh -f -i',
    setUp: (seen: string) =>
      `autoload -Uz compinit; compinit -D -u; source <(georep completion zsh); show() { print -r -- "$BUFFER" >> ${seen}; BUFFER= }; zle -N show; bindkey '^T' show; setopt no_beep`,
  },
  {
    shell: 'fish',
    command: 'fish --no-config -i',
    setUp: (seen: string) =>
      `georep completion fish | source; function show; commandline >> ${seen}; commandline -r ''; end; bind \\ct show`,
  },
])('Tab in $shell', ({ shell, command, setUp }) => {
  const isThere = isInstalled(shell)
  if (!isThere) console.warn(`NOT TESTED: completion in ${shell}, which is not installed here`)

  it.skipIf(!isThere)(
    `leaves the line that ${shell} should have${isThere ? '' : ': NOT TESTED, it is not installed'}`,
    async () => {
      const seen = join(folder, `${shell}.seen`)
      const env = {
        PATH: `${join(georep.folder, 'bin')}:${process.env['PATH'] ?? ''}`,
        HOME: folder,
        TERM: 'xterm',
        LANG: 'C.UTF-8',
      }
      const inFolder = { ...env, PWD: folder }
      const keys = `cd ${folder}\r ${setUp(seen)}\r${tabs.map(([line]) => `${line}\t\u0014`).join('')}`
      const lines = await typed(command, keys, { file: seen, lines: tabs.length, timeoutMs: 60_000 }, inFolder)
      expect(lines.map((line) => line.trimEnd())).toEqual(tabs.map(([, line]) => line.trimEnd()))
    },
    90_000,
  )

  it.skipIf(!isThere)(`prints a script that ${shell} takes`, async () => {
    const { out } = await run(['completion', shell])
    const file = join(folder, `script.${shell}`)
    writeFileSync(file, out)
    const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8', timeout: 20_000 })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})
