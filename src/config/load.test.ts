import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig, type Config } from './load.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'georep-config-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function load(text: string | Uint8Array): Promise<Config> {
  const file = join(folder, 'georep.yaml')
  await writeFile(file, text)
  return await loadConfig(file, { env: {}, cwd: folder, home: folder })
}

/** The problems, one a line, without the heading and the name of the file. */
async function problemsOf(text: string | Uint8Array): Promise<readonly string[]> {
  const error: unknown = await load(text).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ kind: 'config', code: 'GR-CONFIG-INVALID' })
  return (error as Error).message
    .split('\n')
    .filter((line) => !/^\d+ problems in /.test(line))
    .map((line) => line.replace('georep.yaml:', ''))
}

const minimal = 'clusters: { east: { bootstrap: ["a:1"] } }\n'
const connect = (entry: string): string => `clusters: { east: { bootstrap: ["a:1"], connect: ${entry} } }\n`

describe('a good file', () => {
  it('needs a cluster and nothing else', async () => {
    const config = await load(minimal)
    expect([...config.clusters]).toEqual([['east', { bootstrap: ['a:1'] }]])
    expect(config.defaults).toEqual({ engine: 'embedded', groups: ['*'] })
    expect(config.objectives).toEqual({
      rtoMs: 60_000,
      rpoMs: 5_000,
      rpoRecords: undefined,
      lagMs: undefined,
      topics: [],
      groups: [],
    })
    expect(config.whereIs(['clusters', 'east', 'bootstrap', 0])).toBe('georep.yaml:1:33')
    expect(config.whereIs(['objectives', 'rto'])).toBeUndefined()
  })
  it('sets what it says', async () => {
    const config = await load(
      `${minimal}defaults: { groups: ["o-*"] }\nobjectives: { rto: 1m, rpo: 500ms, rpoRecords: 0, lag: 2s }\n`,
    )
    expect(config.defaults.groups).toEqual(['o-*'])
    expect(config.objectives).toEqual({
      rtoMs: 60_000,
      rpoMs: 500,
      rpoRecords: 0n,
      lagMs: 2_000,
      topics: [],
      groups: [],
    })
  })
  it('has lag objectives for topics and groups', async () => {
    const config = await load(
      `${minimal}objectives:\n  topics: { "orders-*": { lag: 5s }, audit: { lag: 1h } }\n  groups: { "billing *": { lag: 10s } }\n`,
    )
    expect(config.objectives.topics).toEqual([
      { glob: 'orders-*', lagMs: 5_000 },
      { glob: 'audit', lagMs: 3_600_000 },
    ])
    expect(config.objectives.groups).toEqual([{ glob: 'billing *', lagMs: 10_000 }])
    expect(config.whereIs(['objectives', 'topics', 'audit', 'lag'])).toBe('georep.yaml:3:52')
  })
  it('may use anchors, and positions go through them', async () => {
    const config = await load('clusters:\n  a: { bootstrap: &b ["a:1"] }\n  b: { bootstrap: *b }\n')
    expect(config.clusters.get('b')).toEqual({ bootstrap: ['a:1'] })
    expect(config.whereIs(['clusters', 'b', 'bootstrap', 0])).toBe('georep.yaml:2:23')
  })
  it('may begin with a byte order mark', async () => {
    expect((await load(`\ufeff${minimal}`)).clusters.size).toBe(1)
  })
  it('takes names that objects have by themselves for names', async () => {
    const config = await load('clusters: { constructor: { bootstrap: ["a:1"] } }')
    expect([...config.clusters.keys()]).toEqual(['constructor'])
    expect(config.clusters.get('toString')).toBeUndefined()
  })
})

describe('a bad file names every problem with line and column', () => {
  it.each([
    ['', ['1:1: the file is empty']],
    ['# only a comment\n', ['1:1: the file is empty']],
    ['- a', ['1:1: the file: expected a mapping, got a list']],
    ['text', ['1:1: the file: expected a mapping, got text']],
    ['defaults: {}', ['1:1: missing "clusters" in the file']],
    ['clusters: {}', ['1:11: clusters: expected at least one cluster']],
    ['clusters:\n', ['1:10: clusters: expected a mapping, got nothing']],
    ['clusters:\n  east:\n    region: x\n', ['2:3: missing "bootstrap" in clusters.east']],
    [
      'clusters:\n  east: { bootstap: ["a:1"], bootstrap: ["a:1"] }',
      ['2:11: unknown key "bootstap" in clusters.east (did you mean "bootstrap"?)'],
    ],
    [connect('{}'), ['1:41: missing "url" in clusters.east.connect']],
    ...['ftp://a:1', 'a:1', 'http://u@a:1', 'http://u:p@a:1', 'http://a:1/?b', 'http://a:1/#b', 'http:// a'].map(
      (url): [string, readonly string[]] => [
        connect(`{ url: "${url}" }`),
        [
          '1:57: clusters.east.connect.url: expected http://host:port or https://host:port, without a user name, a query and a fragment',
        ],
      ],
    ),
    [connect('{ url: "http://a:1", pass: x }'), ['1:71: unknown key "pass" in clusters.east.connect']],
    [
      connect('{ url: "http://a:1", username: u, tls: {} }'),
      [
        '1:50: clusters.east.connect: username and password belong together: one of them is missing',
        '1:89: clusters.east.connect.tls: belongs to an https:// URL, and this one is http://',
      ],
    ],
    [`${minimal}qqq: 1`, ['2:1: unknown key "qqq" at the top']],
    [`${minimal}objectives: { rtoo: 1s }`, ['2:15: unknown key "rtoo" in objectives (did you mean "rto"?)']],
    [`${minimal}defaults: { engine: rsync }`, ['2:21: defaults.engine: expected "embedded" or "mm2"']],
    [
      `${minimal}objectives: { rto: 0s, rpoRecords: 1.5 }`,
      [
        '2:20: objectives.rto: expected a duration with a unit, such as 500ms, 30s, 5m or 2h',
        '2:36: objectives.rpoRecords: expected a whole number, got a number',
      ],
    ],
    [
      `${minimal}objectives: { topics: { "orders *": { lag: 5s }, a: {}, b: { lag: 0s }, c: { rpo: 1s, lag: 1s }, d: 5s } }`,
      [
        '2:25: "orders *" cannot name a topic, or topics like orders-*: letters, digits, ".", "_" and "-", at most 249',
        '2:50: missing "lag" in objectives.topics.a',
        '2:67: objectives.topics.b.lag: expected a duration with a unit, such as 500ms, 30s, 5m or 2h',
        '2:78: unknown key "rpo" in objectives.topics.c',
        '2:101: objectives.topics.d: expected a mapping, got text',
      ],
    ],
    [`${minimal}objectives: { groups: { "": { lag: 5s } } }`, ['2:25: "" cannot name a consumer group']],
    [
      `${minimal}objectives: { groups: { a: { lags: 5s, lag: 5 } } }`,
      [
        '2:30: unknown key "lags" in objectives.groups.a (did you mean "lag"?)',
        '2:45: objectives.groups.a.lag: expected a duration such as 30s, got a number',
      ],
    ],
    ['clusters: { east: { bootstrap: [] } }', ['1:32: clusters.east.bootstrap: must not be empty']],
    ['clusters: { east: { bootstrap: ["a:1"] }, east: { bootstrap: ["b:1"] } }', ['1:43: this key is there twice']],
    ['clusters: { __proto__: { bootstrap: ["a:1"] } }', ['1:13: unknown key "__proto__"']],
    ['a: 1\n---\nb: 2\n', ['2:1: expected one document, without a second "---"']],
    ['clusters: *none', ['1:11: an alias without its anchor before it (a text that begins with * needs quotes)']],
    [
      'clusters: { [east]: { bootstrap: ["a:1"] } }',
      ['1:13: a list or a mapping cannot be a key (a text that begins with { or [ needs quotes)'],
    ],
    [
      'clusters: !!js/function "x"',
      ['1:11: not YAML: a tag that is not known (a text that begins with ! needs quotes)'],
    ],
    ['\tclusters: 1', ['1:1: not YAML: tabs are not allowed as indentation']],
  ])('%j', async (text, problems) => {
    expect(await problemsOf(text)).toEqual(problems)
  })

  it.each(['a', 'a:', 'a:0', 'a:65536', ':9092', 'a:b', 'http://a:1', '::1:9092', '[::1]', 'a:1,b:2', 'a b:1', '-a:1'])(
    'bootstrap %j',
    async (address) => {
      expect(await problemsOf(`clusters: { east: { bootstrap: ["${address}"] } }`)).toEqual([
        '1:33: clusters.east.bootstrap[0]: expected host:port, such as kafka-east:9092 or [::1]:9092',
      ])
    },
  )

  it.each(['${HOME}', '${env:}', '${env:A-B}', '${file:}', '${env:A', 'x${y}'])(
    'reference %j, not quoted',
    async (text) => {
      const [problem, ...others] = await problemsOf(
        `clusters: { east: { bootstrap: ["a:1"], sasl: { mechanism: PLAIN, username: u, password: "hunter2${text}" } } }`,
      )
      expect(others).toEqual([])
      expect(problem).toMatch(/^1:90: clusters\.east\.sasl\.password: a \$\{\.\.\.\} that is neither /)
      expect(problem).not.toContain('hunter2')
    },
  )

  // What stands there is a password whose quotes were forgotten, or a template that nobody has filled in.
  it.each([
    '*hunter2', '!hunter2', '!!hunter2', '!h!unter2', '!<hunter2>', '|hunter2', '>hunter2', '@hunter2', '%hunter2', '`hunter2', '&hunter2', '"\\Uhunter2"', '"a"hunter2',
    '{{ hunter2 }}', '{{ hunter2.b }}', '- hunter2', '? hunter2', '[hunter2', '}hunter2', ']hunter2', 'a: hunter2', '[a]hunter2',
  ])('a value that is not quoted by us, since it may be a secret: %s', async (value) => {
    const warnings: Error[] = []
    const note = (warning: Error): void => { warnings.push(warning) } // prettier-ignore
    process.on('warning', note)
    const text = `clusters:\n  east:\n    bootstrap: ["a:1"]\n    sasl:\n      mechanism: PLAIN\n      username: u\n      password: ${value}\n`
    const problems = await problemsOf(text)
    const inFlow = await problemsOf(`clusters: { east: { bootstrap: ["a:1"], sasl: { mechanism: PLAIN, username: u, password: ${value} } } }`).catch(() => []) // prettier-ignore
    await new Promise(setImmediate)
    process.off('warning', note)
    expect([...problems, ...inFlow, ...warnings.map(String)].join('\n')).not.toContain('unter')
    expect(problems[0]).toMatch(/^[78]:\d+: /)
  }) // prettier-ignore

  it.each(['password:hunter2', 'password=hunter2'])('a key without a space behind its colon: %s', async (pair) => {
    const [, problem] = await problemsOf(`clusters: { east: { bootstrap: ["a:1"], sasl: { mechanism: PLAIN, username: u, ${pair} } } }`) // prettier-ignore
    expect(problem).toBe(`1:80: unknown key "password${pair[8]!}…" in clusters.east.sasl (between a key and its value stands a colon and a space)`) // prettier-ignore
  })

  it('a bomb of aliases', async () => {
    const lines = [
      'a0: &a0 [x]',
      ...Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(',')}]`),
    ]
    expect(await problemsOf(lines.join('\n'))).toEqual(['1:1: too many aliases: they stand for more than 50 values'])
  })
})

describe('a file that cannot be read', () => {
  const at = async (file: string): Promise<unknown> =>
    await loadConfig(file, { env: {}, cwd: folder, home: folder }).catch((error: unknown) => error)
  it('is not there, is a folder, is no UTF-8, is too large', async () => {
    await writeFile(join(folder, 'latin'), new Uint8Array([0x61, 0xff, 0xfe]))
    await writeFile(join(folder, 'large'), `#${'x'.repeat(1_048_576)}`)
    for (const name of ['missing', '.', 'latin', 'large']) {
      expect(await at(name)).toMatchObject({ kind: 'config', code: 'GR-CONFIG-UNREADABLE' })
    }
  })
})

describe('where the file is looked for', () => {
  let home: string
  let other: string
  beforeAll(async () => {
    home = join(folder, 'home')
    other = join(folder, 'other')
    const files = [
      'home/.config/georep/georep.yaml',
      'home/work/georep.yaml',
      'home/work/repo/sub/x',
      'other/sub/x',
      'other/georep.yaml',
      'other/xdg/georep/georep.yaml',
    ]
    for (const file of files) {
      await mkdir(join(folder, file, '..'), { recursive: true })
      await writeFile(join(folder, file), minimal)
    }
  })
  const found = async (cwd: string, env = {}, flag?: string): Promise<string> => {
    const { file, by } = await loadConfig(flag, { env, cwd, home })
    return `${by} ${file.slice(folder.length + 1)}`
  }

  it('the nearest one upwards, below the home folder', async () => {
    expect(await found(join(home, 'work', 'repo', 'sub'))).toBe('search home/work/georep.yaml')
  })
  it('not above the root of the repository', async () => {
    await mkdir(join(home, 'work', 'repo', '.git'))
    expect(await found(join(home, 'work', 'repo', 'sub'))).toBe('search home/.config/georep/georep.yaml')
  })
  it('not upwards at all outside the home folder and any repository', async () => {
    expect(await found(join(other, 'sub'))).toBe('search home/.config/georep/georep.yaml')
    expect(await found(other)).toBe('search other/georep.yaml')
  })
  it('the environment goes before the search, the flag before both, XDG before ~/.config', async () => {
    const env = { GEOREP_CONFIG: join(home, 'work', 'georep.yaml') }
    expect(await found(other, env)).toBe('GEOREP_CONFIG home/work/georep.yaml')
    expect(await found(other, env, 'georep.yaml')).toBe('--config other/georep.yaml')
    expect(await found(join(other, 'sub'), { GEOREP_CONFIG: '', XDG_CONFIG_HOME: join(other, 'xdg') })).toBe(
      'search other/xdg/georep/georep.yaml',
    )
  })
  it('a link to nothing is found, and is an error', async () => {
    const cwd = join(other, 'dangling')
    await mkdir(cwd)
    await symlink('nothing', join(cwd, 'georep.yaml'))
    await expect(found(cwd)).rejects.toMatchObject({ code: 'GR-CONFIG-UNREADABLE' })
  })
  it('says where it looked', async () => {
    const error: unknown = await loadConfig(undefined, { env: {}, cwd: join(other, 'sub'), home: '/nowhere' }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({
      code: 'GR-CONFIG-MISSING',
      stateNow: `looked in ${join(other, 'sub')}, /nowhere/.config/georep`,
    })
  })
})
