import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { capturedContext, parsed, run, type Ran } from '../support/context.ts'
import { drillData, type DrillHistory, drillHistoryOf, onDay } from '../support/drill-history.ts'
import { edit } from '../support/history-folder.ts'
import { expectPlainHtml, parsedXml } from '../support/reports.ts'

// The verbs that look back at past drills: what they refuse, and that they change nothing but the file that they are told to write.

let history: DrillHistory
let before: string
beforeEach(async () => {
  history = await drillHistoryOf({
    aa11: drillData('pass', onDay(1)),
    aa22: drillData('pass', { ...onDay(8), mode: 'practice' }),
    bb33: drillData('fail', onDay(15)),
  })
  before = everything()
})
afterEach(() => {
  expect(everything()).toBe(before)
  history.remove()
})

function everything(): string {
  return readdirSync(history.folder)
    .map((name) => `${name}\n${readFileSync(join(history.folder, name), 'utf8')}`)
    .join('')
}

/** As somebody with an editor, whose change is not the verb's. */
function spoil(from: string, to: string, name = '20251201T100000Z-aa11.json'): void {
  edit(join(history.folder, name), from, to)
  before = everything()
}

async function drill(...argv: readonly string[]): Promise<Ran> {
  return await run(['drill', ...argv, '--history-dir', 'runs'], { cwd: history.base })
}

const at = (name: string): string => join(history.base, name)

describe('drill report', () => {
  it('is Markdown of the last run, on stdout, when nothing is said', async () => {
    const { code, out, err } = await drill('report')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^# Failover drill bb33: FAIL\n/)
    expect(await drill('report', 'bb')).toEqual({ code, out, err })
    expect((await drill('report', 'aa1')).out).toMatch(/^# Failover drill aa11: PASS\n/)
  })

  it('is of the kind that is asked for, by name or by the end of the file', async () => {
    expectPlainHtml((await drill('report', '--format', 'html')).out)
    expect(parsedXml((await drill('report', '--format', 'junit')).out).name).toBe('testsuites')
    expect((await drill('report', '--format', 'prometheus')).out).toMatch(/^# HELP georep_drill_rto_seconds/)
    for (const [file, begins] of [
      ['a.html', '<!DOCTYPE html>'],
      ['a.md', '# Failover'],
      ['a.XML', '<?xml'],
      ['a.prom', '# HELP'],
    ] as const) {
      expect(await drill('report', '--out', file)).toEqual({ code: 0, out: '', err: `wrote ${at(file)}\n` })
      expect(readFileSync(at(file), 'utf8').startsWith(begins)).toBe(true)
    }
    await drill('report', '--out', 'b.txt', '--format', 'junit')
    expect(readFileSync(at('b.txt'), 'utf8')).toBe((await drill('report', '--format', 'junit')).out)
  })

  it.each([
    [['report', '--format', 'pdf'], 'Allowed choices are html, markdown, junit, prometheus'],
    [['report', '--out', 'report.txt'], 'does not say which kind of report it is'],
    [['report', 'aa11', 'bb33'], 'too many arguments'],
    [['report', '-o', 'tsv'], '"--output" is no option of "drill report"'],
    [['report', '--sandbox'], '"--sandbox" is no option of "drill report"'],
    [['--sandbox', 'report'], '"--sandbox" is no option of "drill report"'],
    [['--report', 'a.html', 'due', '--every', '1d'], '"--report" is no option of "drill due"'],
    [['--report', 'a.txt'], 'Expected a file that ends in .html, .md, .xml (JUnit) or .prom'],
    [['compare', 'aa11'], 'missing required argument "b"'],
    [['compare', 'aa11', 'bb33', 'aa22'], 'too many arguments'],
    [['due'], 'required option "--every <duration>" not specified'],
    [['due', '--every', '90'], 'Expected a duration with a unit'],
    [['due', '--every', '0d'], 'Expected a duration above zero'],
    [['due', '--every', '90d', '--mode', 'real'], 'Allowed choices are practice, planned, forced, sandbox'],
    [['due', '--every', '90d', '--link', 'East'], 'Expected the name of a link'],
    [['reprot'], 'unknown command "reprot" (did you mean "report"?)'],
  ])('%j is refused with 2', async (argv, message) => {
    const { code, out, err, options } = await parsed(['drill', ...argv])
    expect({ code, out, options }).toEqual({ code: 2, out: '', options: undefined })
    expect(err).toContain(message)
    expect(err).toMatch(/\n {2}next: georep drill( report| compare| due)? --help\n$/)
  })

  it('takes what its verbs know in front of them, too', async () => {
    expect((await parsed(['drill', '--history-dir', 'x', 'report', '--out', 'a.md'])).options).toMatchObject({ historyDir: 'x', format: 'markdown' }) // prettier-ignore
    expect((await parsed(['drill', '-o', 'json', 'compare', 'a', 'b'])).options).toMatchObject({ output: 'json' })
    const { options } = await parsed([
      '--config',
      'c.yaml',
      'drill',
      '-o',
      'json',
      'due',
      '--every',
      '1d',
      '-o',
      'yaml',
    ])
    expect(options).toEqual({ config: 'c.yaml', color: true, every: 86_400_000, output: 'yaml' })
    expect((await parsed(['drill', '--sandbox', '--report', 'a.md', '--report', 'b.xml'])).options).toMatchObject({
      report: [
        { file: 'a.md', format: 'markdown' },
        { file: 'b.xml', format: 'junit' },
      ],
    })
  })

  it('takes the place of the file that was there, whole, and leaves nothing beside it', async () => {
    writeFileSync(at('a.md'), 'old')
    symlinkSync('a.md', at('link.md'))
    expect((await drill('report', '--out', 'link.md')).err).toBe(`wrote ${at('a.md')}\n`)
    expect(readFileSync(at('a.md'), 'utf8')).toMatch(/^# Failover/)
    expect(readdirSync(history.base).toSorted()).toEqual(['a.md', 'link.md', 'runs'])
    await drill('report', '--out', 'new.prom')
    // As any file: a collector of metrics is another user.
    writeFileSync(at('any'), '')
    expect(statSync(at('new.prom')).mode).toBe(statSync(at('any')).mode)
  })

  it.each([
    ['a folder', 'folder.html', 'it is a folder'],
    ['something in no folder', 'none/a.html', 'ENOENT'],
    ['something below a file', 'file/a.html', 'ENOTDIR'],
    ['a pipe', 'pipe.html', 'it is no regular file'],
    ['a run record', 'runs/a.html', 'among the run records'],
    ['a run record, by another way', 'way/a.html', 'among the run records'],
  ])('does not write %s', async (_what, file, why) => {
    mkdirSync(at('folder.html'))
    writeFileSync(at('file'), 'mine')
    execFileSync('mkfifo', [at('pipe.html')])
    symlinkSync('runs', at('way'))
    const names = readdirSync(history.base)
    const { code, out, err } = await drill('report', '--out', file)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^error GR-REPORT-WRITE: /)
    expect(err).toContain(why)
    expect(readdirSync(history.base)).toEqual(names)
    // And says so before a drill is begun.
    const started = await drill('--sandbox', '--report', file)
    expect(started.code).toBe(1)
    expect(started.err).toMatch(/^error GR-REPORT-WRITE: /)
  })

  it('of a run that is not on record is refused', async () => {
    expect(await drill('report', 'zz')).toMatchObject({
      code: 2,
      err: expect.stringContaining('GR-RUN-UNKNOWN') as string,
    })
    expect(await drill('report', 'aa')).toMatchObject({ code: 2, err: expect.stringContaining('GR-RUN-AMBIGUOUS') as string }) // prettier-ignore
    const { code, err } = await run(['drill', 'report', '--history-dir', 'none'], { cwd: history.base })
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('no drill is on record') as string })
  })

  it('of a pruned run says what is left of it, with 5', async () => {
    await run(['history', 'prune', '--keep', '1', '--confirm', 'runs', '--history-dir', 'runs'], { cwd: history.base })
    before = everything()
    const { code, out, err } = await drill('report', 'aa11')
    expect({ code, out }).toEqual({ code: 5, out: '' })
    expect(err).toMatch(
      /^error GR-RUN-PRUNED: run "aa11" was pruned, and a report needs all of it\n {2}state now: pruned /,
    )
    expect(err).toMatch(/\n {2}next: georep history show aa11 --history-dir runs\n$/)
    // Of the last one, those that were pruned are the history all the same.
    expect((await drill('report')).out).toMatch(/aa11 \| 2025-12-01 10:00:00 UTC \| PASS \| 2.03 s/)
    // What is left of them can be compared.
    const compared = await drill('compare', 'aa11', 'bb33')
    expect(compared).toMatchObject({ code: 0, err: 'note: run aa11 was pruned: only its RTO and RPO are left\n' })
    expect(compared.out).toMatch(/RTO, service +2.03 s ± 101 ms +2.03 s ± 101 ms +0 ms ± 202 ms +no/)
    expect((await drill('due', '--every', '90d', '--link', 'east-west')).out).toContain('aa22, practice')
  })

  it('is made of what there is when the history is broken, and says so', async () => {
    spoil('"verdict": "pass"', '"verdict": "fail"')
    const { code, out, err } = await drill('report', 'bb33')
    expect(code).toBe(0)
    expect(out).toContain('BROKEN in 1 place')
    expect(err).toBe(
      'warning: the run history is not intact, and the report says so\nnext: georep history verify --history-dir runs\n',
    )
  })

  it('never mixes modes in one history', async () => {
    const { out } = await drill('report', '--format', 'html')
    expect(out).toContain('bb33 (this)')
    expect(out).toContain('>aa11<')
    expect(out).not.toContain('>aa22<')
  })
})

it('an id that nothing has names a list of this history', async () => {
  for (const argv of [['drill', 'report', 'zz'], ['drill', 'compare', 'zz', 'aa11'], ['history', 'show', 'zz']]) // prettier-ignore
    expect(await run([...argv, '--history-dir', 'runs'], { cwd: history.base })).toMatchObject({ code: 2, err: expect.stringContaining('next: georep history list --history-dir runs\n') as string }) // prettier-ignore
})

describe('drill due', () => {
  it('cannot tell when the history is broken, whatever else it finds', async () => {
    spoil('"verdict": "pass"', '"verdict": "fail"')
    const { code, out, err } = await drill('due', '--every', '90d')
    expect(code).toBe(4)
    expect(out).toContain('UNKNOWN: the run history is broken, or not all of it can be read')
    expect(err).toMatch(/^warning: 20251201T100000Z-aa11.json: it was changed/)
    expect(err).toMatch(/\nnext: georep history verify --history-dir runs\n$/)
  })

  it('cannot tell when a record of it cannot be read, and goes by the records beside what is none', async () => {
    writeFileSync(join(history.folder, 'notes.json'), '{')
    before = everything()
    expect(await drill('due', '--every', '90d')).toMatchObject({ code: 0 })
    writeFileSync(join(history.folder, '20260101T000000Z-torn.json'), '{')
    before = everything()
    expect(await drill('due', '--every', '90d')).toMatchObject({ code: 4 })
  })

  it('cannot tell when there is no folder to look into', async () => {
    const file = join(history.folder, 'head.json')
    const { code, out } = await run(['drill', 'due', '--every', '90d', '--history-dir', file, '-o', 'json'])
    expect(code).toBe(4)
    expect(JSON.parse(out)).toMatchObject({ schema: 'georep.drill-due/1', data: { verdict: 'unknown', last: null } })
  })

  it('cannot tell by a pass that is yet to come', async () => {
    const { time: other } = capturedContext().context
    const time = { ...other, now: () => new Date('2025-12-02T00:00:00.000Z') }
    const argv = ['drill', 'due', '--every', '90d', '--history-dir', 'runs']
    const { code, out } = await run(argv, { cwd: history.base, time })
    expect(code).toBe(4)
    expect(out).toContain('a clock is wrong')
    expect(await run([...argv, '--mode', 'sandbox'], { cwd: history.base, time })).toMatchObject({ code: 0 })
  })

  it.each([
    [['--mode', 'planned'], 'georep drill run planned --history-dir runs'],
    [['--mode', 'practice', '--link', 'east-north'], 'georep drill --link east-north --history-dir runs'],
    [
      ['--mode', 'forced', '--link', 'east-west'],
      "georep drill run forced --link east-west --fault 'exec:<command>' --undo 'exec:<command>' --history-dir runs",
    ],
  ])('names a drill that would count, in this history: %j', async (asked, next) => {
    expect(await drill('due', '--every', '1h', ...asked)).toMatchObject({ code: 3, err: expect.stringContaining(`next: ${next}\n`) as string }) // prettier-ignore
  })

  it('is due where there is no history at all', async () => {
    expect(await run(['drill', 'due', '--every', '90d', '--history-dir', 'none'], { cwd: history.base })).toMatchObject({ code: 3 }) // prettier-ignore
  })

  it('counts no drill that came to no verdict, or failed, or is of another link', async () => {
    expect((await drill('due', '--every', '90d', '--mode', 'sandbox')).out).toContain('aa11')
    expect(await drill('due', '--every', '90d', '--link', 'east-north')).toMatchObject({ code: 3 })
  })
})

it('a drill that fails leaves its reports, too', async () => {
  const folder = dirname(history.folder)
  writeFileSync(
    join(folder, 'georep.yaml'),
    'clusters:\n  east: { bootstrap: ["127.0.0.1:1"] }\n  west: { bootstrap: ["127.0.0.1:1"] }\n',
  )
  const argv = ['drill', '--report', 'a.xml', '--report', 'a.html', '--history-dir', 'other']
  const { code, err } = await run(argv, { cwd: folder })
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(`report in ${at('a.xml')}\nreport in ${at('a.html')}\n`) as string }) // prettier-ignore
  const suite = parsedXml(readFileSync(at('a.xml'), 'utf8')).children[0]
  expect(suite?.children.find(({ name }) => name === 'testcase')?.children[0]).toMatchObject({
    name: 'error',
    attributes: { message: expect.stringMatching(/^failed: GR-/) as string },
  })
  expectPlainHtml(readFileSync(at('a.html'), 'utf8'))
})

it('a drill that fails is of the history of those that passed: its metrics know the last success', async () => {
  const scope = 'practice: link east-west, a canary of its own'
  const own = await drillHistoryOf({ dd11: drillData('pass', { ...onDay(8), mode: 'practice', scenario: 'practice', scope }) }) // prettier-ignore
  writeFileSync(
    join(own.base, 'georep.yaml'),
    'clusters:\n  east: { bootstrap: ["127.0.0.1:1"] }\n  west: { bootstrap: ["127.0.0.1:1"] }\n',
  )
  const argv = ['drill', '--link', 'east-west', '--report', 'a.prom', '--history-dir', 'runs']
  expect(await run(argv, { cwd: own.base })).toMatchObject({ code: 1 })
  const text = readFileSync(join(own.base, 'a.prom'), 'utf8')
  expect(text).toContain(`{mode="practice",scenario="practice",scope="${scope}",source="",destination="",verdict="unknown"} 1\n`) // prettier-ignore
  const [, last] = /^georep_drill_last_success_timestamp_seconds\{.*\} (.*)$/m.exec(text) ?? []
  expect(last).toBe((Date.parse(onDay(8).endedAt) / 1_000).toString())
  expect((await run(['history', 'show', 'id1', '-o', 'json', '--history-dir', 'runs'], { cwd: own.base })).out).toContain('"operator": "tester@test"') // prettier-ignore
  own.remove()
})
