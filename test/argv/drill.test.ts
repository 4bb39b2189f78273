import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parsed, run } from '../support/context.ts'

describe('the options of a drill', () => {
  it('have defaults', async () => {
    expect((await parsed(['drill', '--sandbox'])).options).toMatchObject({
      ...{ sandbox: true, measureRpo: true, partitions: 3, output: 'table' },
      ...{ canaryInterval: 100, probeInterval: 500, probeFailures: 3, steady: 3_000, hold: 3_000 },
    })
    const { options } = await parsed(['drill'])
    expect(options).toMatchObject({ sandbox: false })
    for (const name of ['link', 'rto', 'rpo', 'rpoRecords', 'holdBack', 'historyDir']) expect(options).not.toHaveProperty(name) // prettier-ignore
  })

  it('are read with their units', async () => {
    const argv = 'drill --link east-west --rto 60s --rpo 500ms --rpo-records 0 --partitions 6 --canary-interval 50ms'
    expect((await parsed(argv.split(' '))).options).toMatchObject({
      ...{ link: 'east-west', rto: 60_000, rpo: 500, rpoRecords: 0n, partitions: 6, canaryInterval: 50 },
    })
    expect((await parsed(['drill', '--sandbox', '--hold-back', '25'])).options).toMatchObject({
      holdBack: 25n,
      takeOver: false,
    })
    expect((await parsed(['drill', '--take-over'])).options).toMatchObject({ takeOver: true })
  })

  it.each([
    [['--rto', '60'], 'Expected a duration with a unit'],
    [['--rto', '-1s'], 'Expected a duration with a unit'],
    [['--rpo', '0s'], 'Expected a duration above zero'],
    [['--rpo-records', '-1'], 'Expected a whole number'],
    [['--rpo-records', '1.5'], 'Expected a whole number'],
    [['--hold-back', 'all'], 'Expected a whole number'],
    [['--partitions', '0'], 'Expected a whole number above zero'],
    [['--canary-interval', '0ms'], 'Expected a duration above zero'],
    [['--probe-failures', '0'], 'Expected a whole number above zero'],
    [['--steady', '3'], 'Expected a duration with a unit'],
    [['--brokers', '2'], 'Expected 1 or 3'],
    [['--wan-latency', '80'], 'Expected a duration with a unit'],
    [['--wan-bandwidth', '20MB'], 'Expected a size a second'],
    [['--link', 'East'], 'Expected the name of a link'],
    [['-o', 'xml'], 'Expected table, json, yaml or tsv'],
    [['--no-measure-rpo'], 'unknown option "--no-measure-rpo"'],
    [['east-west'], 'unknown command "east-west"'],
    [['--lose-broker-first'], 'unknown option'],
    [['--fault', 'fire'], 'Expected exec:<command>, or one of region-kill'],
    [['--fault', 'exec: '], 'Expected a command'],
    [['run', '--undo', './heal.sh'], 'Expected exec:<command>'],
    [['--repeat', '0'], 'Expected a whole number above zero'],
    [['--dry-run'], 'unknown option'],
    [['--all'], 'unknown option'],
    [['--confirm', 'east-west'], 'unknown option'],
    [['run', 'practice', 'planned'], 'too many arguments'],
    [['run', '--probe-failures', '0'], 'Expected a whole number above zero'],
  ])('%j is refused with 2', async (flags, message) => {
    const { code, out, err, options } = await parsed(['drill', ...flags])
    expect({ code, out, options }).toEqual({ code: 2, out: '', options: undefined })
    expect(err).toContain(message)
    expect(err).toMatch(/\n {2}next: georep drill (run )?--help\n$/)
  })
})

const forced = ['--link', 'east-west', '--fault', 'exec:true', '--undo', 'exec:true']

function runbookText(name = '', mode = '', steps = ''): string {
  return `schema: georep.runbook/1\nname: ${name}\ndescription: d\nvariables: { link: { description: l } }\nlink: \${link}\nsteps: [${steps}]\ndrill: { mode: ${mode} }\n`
}

describe('drill run', () => {
  it.each([
    [['run', 'region-freeze', '--partitions', '5'], { scenario: 'region-freeze', partitions: 5, steady: 3_000 }],
    [['--partitions', '5', 'run', 'planned', '--link', 'east-west'], { scenario: 'planned', partitions: 5 }],
    [['run', '--sandbox', '--hold', '1s'], { scenario: undefined, sandbox: true, hold: 1_000, repeat: 1 }],
    [['run', 'forced', ...forced, '--all'], { fault: { how: 'exec', command: 'true' }, undo: 'true', all: true }],
    [
      ['--sandbox', '--fault', 'wan-cut', '--repeat', '4', '--seed', 'x'],
      { fault: { how: 'named', name: 'wan-cut' }, repeat: 4, seed: 'x' },
    ],
  ])('%j', async (argv, expected) => {
    expect((await parsed(['drill', ...argv])).options).toMatchObject(expected)
  })

  it.each([
    ['nobody who could be asked', forced, 'GR-CONFIRM-REQUIRED'],
    ['another name', [...forced, '--confirm', 'west-east'], 'GR-CONFIRM-MISMATCH'],
  ])('forced is refused with 5 for %s, before anything is read', async (_what, flags, error) => {
    const { code, out, err } = await run(['drill', 'run', 'forced', ...flags], { cwd: '/nowhere' })
    expect({ code, out }).toEqual({ code: 5, out: '' })
    expect(err).toContain(error)
  })

  it('says with --dry-run what it would do, and contacts nobody', async () => {
    const { code, out, err } = await run(['drill', 'run', 'forced', ...forced, '--dry-run'], { cwd: '/nowhere' })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/Mode: +forced\nWhere: +link east-west\nTakes the source away: +true\nBrings it back: +true\n/)
    const sandbox = await run(['drill', 'run', 'broker-kill', '--brokers', '3', '--dry-run'])
    expect(sandbox).toMatchObject({
      code: 0,
      out: expect.stringContaining('two clusters of its own, --brokers 3') as string,
    })
  })
})

describe('drill run by a runbook', () => {
  const dry = async (...flags: readonly string[]): Promise<string> => {
    const { code, out, err } = await run(['drill', 'run', ...flags, '--dry-run'], { cwd: '/nowhere' })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    return out
  }

  it('says which step would do what, and which marks come of it; nobody is contacted', async () => {
    const out = await dry('region-loss', '--sandbox')
    expect(out).toMatch(/^Scenario: +region-loss: Fail a link over .*\nMode: +sandbox\n/)
    expect(out).toMatch(/\nFault: +region-kill: SIGKILL of all brokers of the source\n/)
    expect(out).toMatch(/\nThen: +the steps of .*region-loss\.yaml, on every mirror that they mean, and the canary\n/)
    expect(out).toMatch(/\nfailover +mirror\.failover +t4, t5 +fail over every mirror of the link/)
    expect(out).toMatch(/\nunfence +unfence +rollback +/)
    expect(await dry('practice', '--link', 'east-west')).toMatch(/Where: +link east-west\n[^]*on the canary's mirror and group, whatever they name\n/) // prettier-ignore
    expect(await dry()).toMatch(/^Scenario: +practice: [^]*Where: +link that is the only one\n/)
    expect(await dry('region-loss', ...forced, '--all')).toMatch(/Takes the source away: +true\n[^]*on every mirror that they mean/) // prettier-ignore
  })

  it('has what the file says, and what a flag says wins over it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'georep-drill-'))
    try {
      const file = join(folder, 'mine.yaml')
      const drill = '{ mode: sandbox, steady: 7s, hold: 8s, brokers: 3, fault: { sandbox: broker-kill }, detection: { every: 1s, failures: 5 } }' // prettier-ignore
      await writeFile(file, runbookText('mine', 'sandbox', '{ id: open, kind: mirror.failover }, { id: ask, kind: approve, question: q, by: terminal }').replace('{ mode: sandbox }', drill)) // prettier-ignore
      const out = await dry(file)
      expect(out).toMatch(/--brokers 3\nFault: +broker-kill: [^]*Steady before: +7\.00 s\nDetection: +5 probes in a row that fail, one every 1\.00 s\n[^]*Steady after: +8\.00 s\n/) // prettier-ignore
      expect(out).toMatch(/\nask +approve +t3, people /)
      const typed = await dry(file, '--hold', '2s', '--fault', 'wan-cut', '--probe-failures', '3')
      expect(typed).toMatch(/Fault: +wan-cut: [^]*Steady before: +7\.00 s\nDetection: +3 probes in a row that fail, one every 1\.00 s\n[^]*Steady after: +2\.00 s\n/) // prettier-ignore
      // As defaults are: what is typed wins, though it is the same as the default.
      expect(await dry(file, '--steady', '3s')).toMatch(/Steady before: +3\.00 s\n/)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('of mode forced has to be confirmed, before anything is read of the link', async () => {
    const { code, err } = await run(['drill', 'run', 'region-loss', ...forced], { cwd: '/nowhere' })
    expect({ code, err }).toEqual({ code: 5, err: expect.stringContaining('GR-CONFIRM-REQUIRED') as string })
  })

  it.each(['run', 'plan'])(
    'that is for practice is not for runbook %s, where it would act on everything',
    async (verb) => {
      const more = verb === 'run' ? ['--confirm', 'east-west'] : []
      const { code, err } = await run(['runbook', verb, 'practice', '--set', 'link=east-west', ...more], { cwd: '/nowhere' }) // prettier-ignore
      expect({ code, err }).toEqual({ code: 5, err: expect.stringContaining('GR-RUNBOOK-OF-DRILL') as string })
      expect(err).toMatch(/\n {2}next: georep drill run practice\n/)
    },
  )
})

describe('what does not go together is refused with 2, and nobody is contacted', () => {
  let folder: string
  let server: Server
  let connections = 0
  beforeAll(async () => {
    server = createServer((socket) => {
      connections++
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    folder = await mkdtemp(join(tmpdir(), 'georep-argv-'))
    const entry = `{ bootstrap: ["127.0.0.1:${port}"] }`
    await writeFile(join(folder, 'georep.yaml'), `clusters:\n  east: ${entry}\n  west: ${entry}\n`)
    await writeFile(join(folder, 'torn.yaml'), 'clusters: [')
    for (const [name, mode, steps] of [
      ['commands', 'practice', "{ id: open, kind: mirror.failover }, { id: tell, kind: exec, command: 'true' }"],
      ['planned', 'planned', '{ id: open, kind: mirror.promote, with: none }'],
      ['offsets', 'practice', '{ id: open, kind: mirror.failover }, { id: o, kind: offset.apply, group: g, offsets: [{ topic: t, partition: 0, offset: 1 }] }'],
    ]) {
      await writeFile(join(folder, `${name}.yaml`), runbookText(name, mode, steps))
    } // prettier-ignore
  })
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve))
    await rm(folder, { recursive: true })
  })

  it.each([
    [['--sandbox', '--link', 'east-west'], 'GR-USAGE', '--link'],
    [['--sandbox', '--config', 'georep.yaml'], 'GR-USAGE', '--config'],
    [['--sandbox', '--take-over'], 'GR-USAGE', '--take-over'],
    [['--sandbox', '--repeat', '2', '--report', 'drill.html'], 'GR-USAGE', '--repeat'],
    [['--hold-back', '1'], 'GR-USAGE', '--hold-back'],
    [['--hold-back', '1', '--link', 'east-west'], 'GR-USAGE', '--hold-back'],
    [['--brokers', '3'], 'GR-USAGE', '--brokers'],
    [['--wan-latency', '80ms'], 'GR-USAGE', '--wan-latency'],
    [['--wan-bandwidth', '20MB/s'], 'GR-USAGE', '--wan-bandwidth'],
    [['--fault', 'wan-cut'], 'GR-USAGE', '--sandbox'],
    [['--sandbox', '--fault', 'broker-kill'], 'GR-USAGE', '--brokers 3'],
    [['run', 'broker-freeze', '--brokers', '1'], 'GR-USAGE', '--brokers 3'],
    [['run', 'destination-broker-kill'], 'GR-USAGE', '--brokers 3'],
    [['run', 'runner-kill', '--hold-back', '3'], 'GR-USAGE', '--hold-back'],
    [['run', 'region-kill', '--link', 'east-west'], 'GR-USAGE', '--link'],
    [['run', 'region-kill', '--fault', 'wan-cut'], 'GR-USAGE', '--fault'],
    [['run', 'planned', '--sandbox'], 'GR-USAGE', '--sandbox'],
    [['run', 'planned', '--brokers', '3'], 'GR-USAGE', '--brokers'],
    [['run', 'practice', '--fault', 'exec:true'], 'GR-USAGE', '--fault'],
    [['run', 'practice', '--undo', 'exec:true'], 'GR-USAGE', '--undo'],
    [['run', 'planned', '--confirm', 'east-west'], 'GR-USAGE', '--confirm'],
    [['run', 'planned', '--all'], 'GR-USAGE', '--all'],
    [['--fault', 'exec:true', '--link', 'east-west'], 'GR-USAGE', 'drill run forced'],
    [['run', 'forced', '--link', 'east-west'], 'GR-USAGE', '--fault exec:'],
    [['run', 'forced', '--link', 'east-west', '--fault', 'exec:true'], 'GR-USAGE', '--undo exec:'],
    [['run', 'forced', '--link', 'east-west', '--fault', 'wan-cut'], 'GR-USAGE', '--sandbox'],
    [['run', 'forced', '--fault', 'exec:true', '--undo', 'exec:true'], 'GR-USAGE', '--link'],
    [['run', 'forced', ...forced, '--all', '--repeat', '2'], 'GR-USAGE', '--all'],
    [['run', 'fire'], 'GR-EXERCISE-UNKNOWN', 'no exercise and no runbook is called "fire"'],
    [['run', 'region-los'], 'GR-EXERCISE-UNKNOWN', '(did you mean "region-loss"?)'],
    [['run', './none.yaml'], 'GR-RUNBOOK-UNREADABLE', 'none.yaml'],
    [['run', 'planned-switchover', '--link', 'east-west'], 'GR-RUNBOOK-NO-DRILL', 'planned-switchover'],
    [['run', 'region-kill', '--set', 'link=east-west'], 'GR-USAGE', '--set'],
    [['run', 'region-loss', '--link', 'east-west'], 'GR-USAGE', '--fault exec:'],
    [['run', 'region-loss', '--link', 'east-west', '--fault', 'exec:true'], 'GR-USAGE', '--undo exec:'],
    [['run', 'region-loss', '--link', 'east-west', '--fault', 'wan-cut'], 'GR-USAGE', '--sandbox'],
    [['run', 'region-loss', '--link', 'east-west', '--set', 'link=west-east'], 'GR-USAGE', 'is for link "west-east"'],
    [['run', 'region-loss', ...forced.slice(2)], 'GR-USAGE', '--link'],
    [['run', 'region-loss', ...forced, '--all', '--repeat', '2'], 'GR-USAGE', '--all'],
    [['run', 'region-loss', '--sandbox', '--fault', 'exec:true'], 'GR-USAGE', '--fault'],
    [['run', 'region-loss', '--sandbox', '--fault', 'broker-kill'], 'GR-USAGE', '--brokers 3'],
    [['run', 'region-loss', '--sandbox', '--link', 'east-west'], 'GR-USAGE', '--link'],
    [['run', 'practice', '--all'], 'GR-USAGE', '--all'],
    [['run', 'practice', '--fault', 'exec:true', '--link', 'east-west'], 'GR-USAGE', '--fault'],
    [['run', './commands.yaml'], 'GR-USAGE', 'step "tell" of commands runs a command'],
    [['run', './commands.yaml', '--sandbox'], 'GR-USAGE', 'step "tell" of commands runs a command'],
    [['run', './planned.yaml', '--sandbox'], 'GR-USAGE', 'no step of kind mirror.failover'],
    [['run', './offsets.yaml'], 'GR-USAGE', "commits offsets of a group that is not the canary's"],
    [['--link', 'east-east'], 'GR-LINK-NAME', 'both sides'],
    [['--config', 'torn.yaml'], 'GR-CONFIG', 'torn.yaml'],
    [['--config', 'none.yaml'], 'GR-CONFIG', 'none.yaml'],
  ])('%j', async (flags, code, named) => {
    const before = connections
    const ran = await run(['drill', ...flags, '-o', 'json'], { cwd: folder, home: folder })
    expect(ran.code).toBe(2)
    const { schema, data } = JSON.parse(ran.out) as { schema: string; data: { code: string; message: string } }
    expect(schema).toBe('georep.error/1')
    expect(data.code).toContain(code)
    expect(data.message).toContain(named)
    expect(ran.err).toMatch(/\n {2}next: /)
    expect(connections).toBe(before)
  })

  it.each([
    [['--link', 'east-west'], 'georep runbook run planned-switchover --set link=east-west'],
    [['--set', 'link=east-west'], 'georep runbook run planned-switchover --set link=east-west'],
    [[], 'georep runbook run planned-switchover --set link=<link>'],
  ])('and %j by a runbook that is no drill names the command that runs it', async (flags, next) => {
    const { err } = await run(['drill', 'run', 'planned-switchover', ...flags], { cwd: folder, home: folder })
    expect(err).toMatch(new RegExp(`without a drill: ${next}$`, 'm'))
  })

  it('while a link whose name does not tell its clusters is looked for on all of them, and not said to be missing while one is silent', async () => {
    const before = connections
    const { code, out, err } = await run(['drill', '--link', 'east-north', '-o', 'json'], { cwd: folder, home: folder })
    expect(code).toBe(1)
    const { data } = JSON.parse(out) as { data: { code: string; message: string; stateNow: string; next: string } }
    expect(data).toMatchObject({ code: 'GR-LINK-UNSEEN', message: expect.stringContaining('"east-north"') as string, next: 'georep link list' }) // prettier-ignore
    expect(data.stateNow).toMatch(/^not asked: "east" \(.+\), "west" \(.+\)$/)
    expect(err).toContain('error GR-LINK-UNSEEN')
    expect(connections).toBeGreaterThan(before)
  })

  it('while a practice drill does ask the clusters of the file', async () => {
    const before = connections
    const { code, err } = await run(['drill'], { cwd: folder, home: folder })
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('GR-LINKS-UNSEEN') as string })
    expect(connections).toBeGreaterThan(before)
  })
})
