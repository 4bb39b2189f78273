import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Consumer } from 'kafkajs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemTime } from '../../src/cli/system-time.ts'
import { embeddedEngine } from '../../src/engines/embedded/embedded-engine.ts'
import { type Line, readJournal } from '../../src/runbook/journal-line.ts'
import type { StepRecord } from '../../src/cli/runbook/run-record.ts'
import type { Io } from '../../src/cli/context.ts'
import { run, type Ran } from '../support/context.ts'
import { FakeResolver } from '../support/fake-resolver.ts'
import { commit, committedBy } from './support/commits.ts'
import { GeorepProcess } from './support/georep-process.ts'
import { kafkajsClient } from './support/kafkajs-client.ts'
import { act, TestLink } from './support/link.ts'
import { endsOf, recordsIn } from './support/log-content.ts'
import { createdTopic, eventually } from './support/observe.ts'
import { randomId } from './support/sandbox-deps.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { write } from './support/write.ts'

// Kinds of steps that the runbooks that ship do not have, each refused and each done within a run on real clusters, and runs that are stopped or whose
// link is taken while a step is at work, in processes of their own. What came of it is read with kafkajs and from files that the steps' commands write.

const { east, west } = sharedClusters()
const partitions = 2
const folder = mkdtempSync(join(tmpdir(), 'georep-steps-'))
const inFolder = (name: string): string => join(folder, name)
const [reading, elsewhere, idle] = [unique('reading'), unique('elsewhere'), unique('idle')]
const stop = new AbortController()
const consumers: Consumer[] = []
let link: TestLink
let topic: string
let carrying: Promise<unknown>
let resolver: FakeResolver

beforeAll(async () => {
  topic = await createdTopic(east.bootstrap, { partitions })
  link = await TestLink.create({ east, west })
  await link.mirror(topic)
  const runs = { ...act('link run'), groupsEveryMs: 60_000, memoryBytes: 32_000_000, onEvent: () => undefined, onStart: () => undefined } // prettier-ignore
  carrying = embeddedEngine.run(link.target, runs, { signal: stop.signal }).catch(() => undefined)
  for (let partition = 0; partition < partitions; partition++) await write(east.bootstrap, topic, 5, { partition })
  await commit(link.source, idle, topic, [1, 1])
  resolver = await FakeResolver.start('192.0.2.1')
  await Promise.all([startConsumer(east.bootstrap, reading), startConsumer(west.bootstrap, elsewhere)])
  await eventually('records arrive', async () => (await endsOf(west.bootstrap, topic)).every((end) => end === 5))
})
afterAll(async () => {
  resolver.close()
  await Promise.all(consumers.map(async (one) => { await one.disconnect() })) // prettier-ignore
  stop.abort(new Error('the test ends'))
  await carrying
  await link[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

/** A member of the group, once it has its partitions. */
async function startConsumer(bootstrap: readonly string[], groupId: string): Promise<void> {
  const consumer = kafkajsClient(bootstrap).consumer({ groupId, maxWaitTimeInMs: 50 })
  consumers.push(consumer)
  const joined = new Promise<void>((resolve) => { consumer.on('consumer.group_join', () => { resolve() }) }) // prettier-ignore
  await consumer.connect()
  await consumer.subscribe({ topic })
  await consumer.run({ autoCommit: false, eachMessage: async () => { await Promise.resolve() } }) // prettier-ignore
  await joined
}

function runbook(name: string, steps: readonly string[]): string {
  const file = inFolder(`${name}.yaml`)
  const lines = steps.map((step) => `  - { ${step} }\n`).join('')
  writeFileSync(
    file,
    `schema: georep.runbook/1\nname: ${name}\ndescription: steps\nlink: ${link.name}\nsteps:\n${lines}`,
  )
  return file
}

const historyDir = (name: string): string => inFolder(`history-${name}`)
const flags = (name: string): readonly string[] => ['--confirm', link.name, '--config', link.configFile, '--history-dir', historyDir(name)] // prettier-ignore

/** One command in this process; `onSaid` hears what it says as it says it. */
async function georep(
  argv: readonly string[],
  {
    onSaid,
    io = {},
    skewMs = 0,
    cwd = folder,
  }: { readonly onSaid?: (text: string) => void; readonly io?: Partial<Io>; readonly skewMs?: number; readonly cwd?: string } = {}, // prettier-ignore
): Promise<Ran & { readonly said: string }> {
  let said = ''
  const kill = (pid: number, signal: NodeJS.Signals | 0): void => { process.kill(pid, signal) } // prettier-ignore
  const err = (text: string): void => {
    said += text
    onSaid?.(text)
  }
  const time = { ...systemTime, now: () => new Date(Date.now() + skewMs) }
  const ran = await run(argv, { env: process.env, cwd, hostname: hostname(), pid: process.pid, time, newId: randomId, kill, signal: AbortSignal.timeout(60_000), io: { err, ...io } }) // prettier-ignore
  return { ...ran, said }
}

/** The steps of a run as they are printed, by id. */
function stepsIn(out: string): ReadonlyMap<string, string> {
  const { data } = JSON.parse(out) as { readonly data: { readonly steps: readonly StepRecord[] } }
  return new Map(data.steps.map(({ id, outcome, what }) => [id, `${outcome ?? 'not reached'}: ${what ?? ''}`]))
}

function journalOf(name: string, id?: string): { readonly id: string; readonly lines: readonly Line[] } {
  const runs = join(historyDir(name), 'runs')
  const [found = 'none'] = id === undefined && existsSync(runs) ? readdirSync(runs) : [id]
  const file = join(runs, found, 'journal.jsonl')
  if (!existsSync(file)) return { id: found, lines: [] }
  const { lines, brokenAt } = readJournal(readFileSync(file))
  expect(brokenAt).toBeUndefined()
  return { id: found, lines }
}

it('each is refused where it has to be, and leaves things as they are', async () => {
  const goOn = 'onFailure: continue, timeout: 1s'
  const soon = 'onFailure: continue, timeout: 300ms'
  writeFileSync(inFolder('stale'), 'some-other-run')
  const file = runbook('refused', [
    `id: idle, kind: check.groups, side: source, expect: idle, groups: [${reading}], ${goOn}`,
    `id: active, kind: check.groups, side: source, expect: active, groups: [${idle}], ${goOn}`,
    `id: nobody, kind: check.groups, side: destination, expect: active, groups: [${unique('none')}], ${goOn}`,
    `id: quiet, kind: group.wait-idle, side: source, groups: [${reading}], ${goOn}`,
    `id: by-file, kind: approve, question: "Now?", by: { file: stale }, ${soon}`,
    `id: by-hook, kind: approve, question: "Now?", by: { hook: "echo not today; exit 1" }, ${goOn}`,
    `id: command, kind: exec, command: "echo $GEOREP_STEP >> ran; exit 3", ${goOn}`,
    `id: not-so, kind: exec, command: "echo $GEOREP_STEP >> ran", check: "false", ${goOn}`,
    `id: slow, kind: exec, command: "echo $$ > slow.pid; exec sleep 60", ${goOn}`,
    `id: name, kind: dns, name: kafka.example, expect: [192.0.2.9], resolver: "${resolver.at}", ${goOn}`,
    `id: switch, kind: dns, name: kafka.example, expect: [192.0.2.9], resolver: "${resolver.at}", switch: "exit 4", ${goOn}`,
    `id: fence, kind: fence, with: { hook: "echo $GEOREP_ACTION $GEOREP_TOPICS >> fenced; exit 5" }, ${goOn}`,
    `id: refused, kind: verify.refuse, for: 100ms, ${goOn}`,
    `id: outside, kind: offset.apply, group: ${idle}, offsets: [{ topic: ${topic}, partition: 1, offset: 99 }], ${goOn}`,
    `id: members, kind: offset.apply, group: ${elsewhere}, offsets: [{ topic: ${topic}, partition: 1, offset: 2 }], ${goOn}`,
    `id: write, kind: verify.write, ${goOn}`,
    `id: read, kind: verify.read, topics: [${unique('nowhere')}], ${goOn}`,
  ])
  const { code, out, said } = await georep(['runbook', 'run', file, ...flags('refused'), '-o', 'json'])
  expect(code, said).toBe(0)
  const steps = stepsIn(out)
  const expected: Readonly<Record<string, RegExp>> = {
    idle: new RegExp(`^fail: not idle: "${reading}"$`),
    active: new RegExp(`^fail: not active: "${idle}"$`),
    nobody: /^fail: no such group has members$/,
    quiet: new RegExp(`^fail: with members: "${reading}"$`),
    'by-file': /^fail: not approved within 300 ms$/,
    'by-hook': /^fail: not approved: the command has exited with 1; not today/,
    command: /^fail: the command has exited with 3/,
    'not-so': /^fail: it was done, and is not so: would run echo/,
    slow: /^unknown: it did not end within the time-out of the step$/,
    name: /^fail: "kafka\.example" is 192\.0\.2\.1 \(TTL 42 s\)$/,
    switch: /^fail: the command that switches has exited with 4/,
    fence: /^fail: the command that is to fence the source has exited with 5$/,
    // The command has failed: that it was called is no fence.
    refused: new RegExp(`^fail: the command that is to fence "${topic}" has not ended well$`),
    outside: new RegExp(`^fail: offset 99 lies outside of ${topic}/1, which has 0 to 5$`),
    members: new RegExp(`^fail: group "${elsewhere}" has members \\(Stable\\): stop its consumers$`),
    write: new RegExp(`^fail: "${topic}" are not STOPPED`),
    read: /^fail: link ".*" does not mirror "nowhere-/,
  }
  expect(Object.fromEntries(steps)).toEqual(Object.fromEntries(Object.entries(expected).map(([id, pattern]) => [id, expect.stringMatching(pattern) as string]))) // prettier-ignore
  // Each command was run once; the one that did not end is gone.
  expect(readFileSync(inFolder('ran'), 'utf8')).toBe('command\nnot-so\n')
  expect(readFileSync(inFolder('fenced'), 'utf8')).toBe(`fence ${topic}\n`)
  expect(() => process.kill(Number(readFileSync(inFolder('slow.pid'), 'utf8')), 0)).toThrow('ESRCH')
  // No commit, and no record but those of the source.
  expect(await committedBy(west.bootstrap, idle, topic)).toEqual(['-1', '-1'])
  expect(await committedBy(west.bootstrap, elsewhere, topic)).toEqual(['-1', '-1'])
  expect(await endsOf(west.bootstrap, topic)).toEqual([5, 5])
  expect((await link.view(topic)).state.state).toBe('ACTIVE')
})

it('an approval that is typed otherwise, and a clock that is off, end a run before anything is done', async () => {
  const steps = ['id: clock, kind: check.clock-skew, max: 10s, timeout: 1s', 'id: typed, kind: approve, question: "Now?", by: terminal', 'id: act, kind: exec, command: "touch acted"'] // prettier-ignore
  const file = runbook('ended', steps)
  const asked: string[] = []
  const io = { canPrompt: true, ask: async (question: string) => { asked.push(question); return await Promise.resolve('yes') } } // prettier-ignore
  const typed = await georep(['runbook', 'run', file, ...flags('ended')], { io })
  expect({ code: typed.code, asked }).toEqual({ code: 5, asked: [`Now? To approve, type "${link.name}":`] })
  expect(typed.said).toContain('stands at step "typed": not approved: "yes" is not')
  const clock = await georep(['runbook', 'run', file, ...flags('ended')], { io, skewMs: 90_000 })
  expect({ code: clock.code, asked: asked.length }).toEqual({ code: 5, asked: 1 })
  expect(clock.said).toMatch(/stands at step "clock": the clocks differ by 1m(29|30)s/)
  const planned = await georep(['runbook', 'plan', file, '--config', link.configFile])
  expect(planned).toMatchObject({ code: 5, out: expect.stringMatching(/typed +approve +blocked +there is no terminal/) as string }) // prettier-ignore
  expect(existsSync(inFolder('acted'))).toBe(false)
})

it('each is done, once, and is so in the clusters and in the files', async () => {
  const hook = '[sh, -c, "echo $GEOREP_ACTION $GEOREP_TOPICS >> hooked"]'
  const file = runbook('done', [
    'id: clock, kind: check.clock-skew, max: 10s',
    `id: active, kind: check.groups, side: source, expect: active, groups: [${reading}]`,
    'id: typed, kind: approve, question: "By hand?", by: terminal',
    'id: by-file, kind: approve, question: "By file?", by: { file: approved }',
    'id: by-hook, kind: approve, question: "By hook?", by: { hook: [sh, -c, "echo $GEOREP_RUN $GEOREP_LINK > told"] }',
    'id: command, kind: exec, command: "echo $GEOREP_STEP $MINE >> made; echo $TOKEN", env: { MINE: x, TOKEN: hidden-word }, secrets: [TOKEN]',
    'id: checked, kind: exec, command: [touch, made-too], check: [test, -e, made-too]',
    'id: checked-again, kind: exec, command: "exit 9", check: [test, -e, made-too]',
    `id: name, kind: dns, name: kafka.example, expect: [192.0.2.9], resolver: "${resolver.at}", switch: "echo $GEOREP_NAME $GEOREP_ADDRESSES >> switched"`,
    `id: quiet, kind: group.wait-idle, side: source, groups: [${reading}]`,
    `id: fence, kind: fence, with: { hook: ${hook} }`,
    `id: refused, kind: verify.refuse, for: 200ms`,
    `id: failover, kind: mirror.failover`,
    `id: write, kind: verify.write`,
    `id: read, kind: verify.read`,
    `id: apply, kind: offset.apply, group: ${idle}, offsets: [{ topic: ${topic}, partition: 0, offset: 3 }, { topic: ${topic}, partition: 1, offset: "5" }]`,
    `id: applied, kind: offset.apply, group: ${idle}, offsets: [{ topic: ${topic}, partition: 0, offset: 3 }]`,
    `id: both, kind: unfence, hook: ${hook}, onFailure: continue`,
  ])
  const seen: string[] = []
  const onSaid = (text: string): void => {
    const approval = /write (\w+) into "(.*approved)"/.exec(text)
    if (approval !== null) writeFileSync(approval[2] ?? '', `ann: ${approval[1] ?? ''}\n`)
    if (text.startsWith('name: switch')) void eventually('it was switched', async () => await Promise.resolve(existsSync(inFolder('switched')))).then(() => { resolver.addresses = ['192.0.2.9'] }) // prettier-ignore
    if (text.startsWith('quiet: wait')) {
      seen.push(`members: ${consumers.length}`)
      void consumers.shift()?.disconnect()
    }
  }
  const io = { canPrompt: true, ask: async () => await Promise.resolve(` ${link.name} `) }
  const { code, out, said } = await georep(['runbook', 'run', file, ...flags('done'), '-o', 'json'], { onSaid, io })
  expect(code, said).toBe(0)
  const { id, lines } = journalOf('done')
  const steps = stepsIn(out)
  expect(Object.fromEntries([...steps].map(([name, what]) => [name, what.split(':')[0]]))).toEqual({
    ...Object.fromEntries([...steps.keys()].map((name) => [name, 'ok'])),
    'checked-again': 'skipped',
    applied: 'skipped',
    both: 'fail', // the destination takes writes by then
  })
  expect(steps.get('both')).toContain('both sides would')
  expect(steps.get('by-file')).toBe(`ok: approved by file "${inFolder('approved')}"`)
  expect(steps.get('name')).toMatch(/is 192\.0\.2\.9 \(TTL 42 s\); before: "kafka\.example" is 192\.0\.2\.1/)
  expect(steps.get('refused')).toContain('1 topics are fenced by a command, whose word it is')
  expect(seen).toEqual(['members: 2'])
  // What commands were told, and how often.
  const read = (name: string): string => readFileSync(inFolder(name), 'utf8')
  expect(read('told')).toBe(`${id} ${link.name}\n`)
  expect(read('made')).toBe('command x\n')
  expect(read('switched')).toBe('kafka.example 192.0.2.9\n')
  expect(read('hooked')).toBe(`fence ${topic}\n`)
  expect(`${out}${said}${JSON.stringify(lines)}`).not.toContain('hidden-word')
  expect(steps.get('command')).toBe('ok: (secret)')
  // One record a partition, and exactly these commits.
  const probes = (await recordsIn(west.bootstrap, topic, 12)).filter(({ key }) => key?.startsWith('georep-verify/') === true) // prettier-ignore
  expect(probes.map(({ partition }) => partition).toSorted((a, b) => a - b)).toEqual([0, 1])
  for (const probe of probes) expect(probe).toMatchObject({ key: `georep-verify/${id}/write`, value: id })
  expect(await committedBy(west.bootstrap, idle, topic)).toEqual(['3', '5'])
  expect(await committedBy(east.bootstrap, idle, topic)).toEqual(['1', '1'])
  // And the way back is there.
  const undo = /undo: georep .*offset rollback (\S+\.undo\.json)/.exec(said)?.[1] ?? ''
  expect(dirname(undo)).toMatch(new RegExp(`${id}$`))
  const back = await georep([
    'offset',
    'rollback',
    undo,
    '--confirm',
    link.destination.name,
    '--config',
    link.configFile,
  ])
  expect(back.code, back.said).toBe(0)
  // Whatever the runner had carried of the source's until then.
  expect([['1', '1'], ['-1', '-1']]).toContainEqual(await committedBy(west.bootstrap, idle, topic)) // prettier-ignore
})

/** A run in a process of its own, once its step says by a file that it is at work. */
async function atWork(name: string, ...argv: readonly string[]): Promise<GeorepProcess> {
  rmSync(inFolder('begun'), { force: true })
  const one = new GeorepProcess(['runbook', ...argv, ...flags(name)])
  await eventually('its step is at work', async () => await Promise.resolve(existsSync(inFolder('begun')) || one.hasEnded)) // prettier-ignore
  expect(one.hasEnded, one.err).toBe(false)
  return one
}

it('a process that is stopped in the middle of a step, or whose link is taken, leaves what can be gone on with', async () => {
  const steps = [
    `id: before, kind: exec, command: "echo before >> effects"`,
    `id: long, kind: exec, command: "echo $$ > long.pid; echo long >> effects; touch begun; exec sleep 60", check: [test, -e, over], timeout: 2m`,
    `id: after, kind: exec, command: "echo after >> effects"`,
  ].map((step) => step.replaceAll(/(begun|effects|long\.pid|over)\b/g, (name) => inFolder(name)))
  const file = runbook('stopped', steps)
  const expectStopped = (id: string, status: string): void => {
    const { lines } = journalOf('stopped', id)
    expect(lines.at(-1)).toMatchObject({ phase: 'note', facts: { event: 'ended', status, isOver: false } })
    expect(lines.at(-2)).toMatchObject({ step: 'long', phase: 'result', outcome: 'unknown' })
    expect(lines.at(-3)).toMatchObject({ step: 'long', phase: 'intent' })
    expect(() => process.kill(Number(readFileSync(inFolder('long.pid'), 'utf8')), 0)).toThrow('ESRCH')
  }
  const first = await atWork('stopped', 'run', file)
  first.signal('SIGTERM')
  const ended = await first.ended
  const { id } = journalOf('stopped')
  expect(ended).toMatchObject({ code: 143, err: expect.stringContaining(`error GR-RUN-INTERRUPTED: run "${id}"`) as string }) // prettier-ignore
  expect(ended.err).toContain(
    `next: georep runbook resume ${id}`.replace('georep', `georep --config ${link.configFile}`),
  )
  expectStopped(id, 'interrupted')

  const second = await atWork('stopped', 'resume', id)
  second.signal('SIGINT')
  expect(await second.ended).toMatchObject({
    code: 130,
    err: expect.stringContaining('interrupted by SIGINT') as string,
  })
  expectStopped(id, 'interrupted')

  const third = await atWork('stopped', 'resume', id)
  const other = runbook('other', [`id: only, kind: exec, command: [touch, other]`])
  const refused = await georep(['runbook', 'run', other, ...flags('other')])
  expect(refused).toMatchObject({ code: 7, said: expect.stringContaining('error GR-LINK-HELD') as string })
  expect(refused.said).toContain('runbook resume stopped')
  expect(existsSync(inFolder('other'))).toBe(false)
  const taken = await georep(['runbook', 'run', other, '--take-over', ...flags('other')])
  expect(taken.code, taken.said).toBe(0)
  expect(existsSync(inFolder('other'))).toBe(true)
  expect(await third.ended).toMatchObject({ code: 7, err: expect.stringContaining('was taken over') as string })
  expectStopped(id, 'incomplete')

  // What it waited for is so by now, and somebody has added a step.
  writeFileSync(inFolder('over'), '')
  runbook('stopped', [...steps, `id: added, kind: exec, command: "echo added >> ${inFolder('effects')}"`])
  const changed = await georep(['runbook', 'resume', id, ...flags('stopped')])
  expect(changed).toMatchObject({ code: 5, said: expect.stringContaining('error GR-RUNBOOK-CHANGED') as string })
  const resumed = await georep(['runbook', 'resume', id, '--force-changed', ...flags('stopped')])
  expect(resumed.code, resumed.said).toBe(0)
  expect(readFileSync(inFolder('effects'), 'utf8')).toBe('before\nlong\nlong\nlong\nafter\nadded\n')
  expect(readdirSync(join(historyDir('stopped'), 'runs', id)).filter((name) => name.endsWith('.yaml'))).toHaveLength(2)
  expect(journalOf('stopped', id).lines.at(-1)).toMatchObject({ facts: { status: 'completed', isOver: true } })
  // One record for each process that has carried it on.
  const records = readdirSync(historyDir('stopped')).flatMap((name) => /Z-(.+)\.json$/.exec(name)?.[1] ?? [])
  expect(records.toSorted()).toEqual([id, `${id}r2`, `${id}r3`, `${id}r4`])
})

it('a run that is gone on with from another folder finds what its steps name where it was begun', async () => {
  const file = runbook('moved', [`id: only, kind: exec, command: "test -e ready && pwd > where"`])
  expect(await georep(['runbook', 'run', file, ...flags('moved')])).toMatchObject({ code: 6 })
  writeFileSync(inFolder('ready'), '')
  const resumed = await georep(['runbook', 'resume', journalOf('moved').id, ...flags('moved')], { cwd: tmpdir() })
  expect(resumed.code, resumed.said).toBe(0)
  expect(readFileSync(inFolder('where'), 'utf8').trim()).toBe(realpathSync(folder))
})
