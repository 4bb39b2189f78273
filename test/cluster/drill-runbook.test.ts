import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { arrivedOn, canaryTopicOn } from './support/canary-on.ts'
import {
  type ByRunbook,
  endOf,
  expectByJournal,
  expectCounted,
  journalLines,
  linesOf,
  monoMs,
} from './support/drill-by-runbook.ts'
import { TestLink } from './support/link.ts'
import { MachineRoom } from './support/machine-room.ts'
import { createdTopic, eventually, withAdmin } from './support/observe.ts'
import { sharedClusters } from './support/sandbox.ts'
import { write } from './support/write.ts'

// Drills whose response are the steps of a runbook. What is looked for: a figure that the journal of the steps does not bear out; a loss that kafkajs
// does not count; a step that acts on more than the canary; something that is left, or a run that looks as if it could be gone on with.

let room: MachineRoom
beforeAll(() => {
  room = new MachineRoom()
})
afterAll(async () => {
  await room.remove()
})

describe('on a link that is at work', () => {
  const { east, west } = sharedClusters()
  // Two other files run beside it: an observer that is late by more than the canary's interval makes a verdict unknown, and rightly.
  const quick = ['--steady', '500ms', '--hold', '1s', '--probe-interval', '200ms', '--canary-interval', '500ms', '-o', 'json'] // prettier-ignore
  let link: TestLink
  let real: string
  /** Topics of other tests that are named like a canary's. */
  let others: ReadonlySet<string>
  beforeAll(async () => {
    others = new Set([...(await canariesOn(east.bootstrap)), ...(await canariesOn(west.bootstrap))])
    link = await TestLink.create({ east, west }, { groups: ['*'] })
    real = await createdTopic(east.bootstrap, { partitions: 1 })
    await write(east.bootstrap, real, 10)
    await link.mirror(real)
    await link.run()
    await eventually('the real topic is mirrored', async () => (await end(real)) === 10)
  })
  afterAll(async () => {
    await link[Symbol.asyncDispose]()
  })

  it('practice by a runbook with an approval and a step for clients: both are in the figures, and nothing real is touched', async () => {
    // What it names is the real topic; in a practice drill the canary stands in for it.
    const file = await runbook([
      `{ id: decided, kind: approve, question: 'Now?', by: { hook: 'sleep 0.4; test "$GEOREP_DRILL" = practice' } }`,
      `{ id: failover, kind: mirror.failover, topics: [${real}] }`,
      '{ id: offsets, kind: offset.clamp, groups: [orders-app] }',
      `{ id: clients, kind: exec, command: 'echo "$GEOREP_LINK"' }`,
    ])
    const drill = room.start(['drill', 'run', file, '--config', link.configFile, '--set', `link=${link.name}`, ...quick]) // prettier-ignore
    await drill.says('holding the steady state')
    const topic = await canaryTopicOn(west.bootstrap)
    const arrived = await arrivedOn(west.bootstrap, topic, { run: `${topic.replace('georep-canary-', '')}-source`, partitions: 3 }) // prettier-ignore
    const { code, data, err } = await endOf(drill)
    expect({ code, err }, figuresIn(data)).toEqual({ code: 0, err: expect.not.stringContaining('could not be removed') as string }) // prettier-ignore
    expectCounted(data, arrived)
    expectByJournal(data, 'failover')
    expect(data).toMatchObject({ mode: 'practice', scenario: 'mine', approvals: [{ step: 'decided' }] })
    expect(data.steps.map(({ does }) => does).join('\n')).not.toContain(real)
    expect(data.rto.scope).toMatch(/^simulated: .*clients are re-pointed by step "clients"$/)
    const { humanMs, withoutHumanMs, serviceMs } = data.rto
    const [asked, told] = linesOf(data).filter(({ step }) => step === 'decided')
    expect(humanMs.value).toBeCloseTo(monoMs(told) - monoMs(asked), 0)
    expect(humanMs.value).toBeGreaterThanOrEqual(400)
    expect(withoutHumanMs.value).toBeCloseTo((serviceMs.value ?? NaN) - (humanMs.value ?? NaN), 0)
    await expectUntouched()
  })

  it('planned: the canary stops before its mirror is drained, and nothing is lost', async () => {
    const steps = ['{ id: promote, kind: mirror.promote, with: none }', '{ id: equal, kind: verify.equal }', '{ id: offsets, kind: offset.clamp }'] // prettier-ignore
    const file = await runbook(steps, 'planned')
    const drill = room.start(['drill', 'run', file, '--config', link.configFile, '--link', link.name, ...quick])
    await drill.says('holding the steady state')
    const topic = await canaryTopicOn(west.bootstrap)
    const arrived = await arrivedOn(west.bootstrap, topic, { run: `${topic.replace('georep-canary-', '')}-source`, partitions: 3 }) // prettier-ignore
    const { code, data, err } = await endOf(drill)
    expect({ code, err }, figuresIn(data)).toEqual({ code: 0, err: expect.not.stringContaining('could not be removed') as string }) // prettier-ignore
    expectCounted(data, arrived)
    expectByJournal(data, 'promote')
    expect(data).toMatchObject({ mode: 'planned', rpo: { records: { value: 0 } }, duplicates: { value: 0 } })
    expect(data.steps).toMatchObject([{ outcome: 'ok' }, { outcome: 'ok' }, { id: 'offsets' }])
    await expectUntouched()
  })

  it('a step that fails gives the drill its verdict, with the reason, and leaves nothing that could be gone on with', async () => {
    const file = await runbook([
      '{ id: failover, kind: mirror.failover }',
      `{ id: clients, kind: exec, command: 'echo no such host; exit 3' }`,
    ])
    const { code, out, err } = await room.run(['drill', 'run', file, '--config', link.configFile, '--link', link.name, ...quick]) // prettier-ignore
    const { data } = JSON.parse(out) as { readonly data: { readonly code: string; readonly message: string; readonly next: string } } // prettier-ignore
    expect({ code, error: data.code }).toEqual({ code: 6, error: 'GR-DRILL-STEP' })
    expect(data.message).toContain('at step "clients": the command has exited with 3: no such host')
    expect(err).not.toContain('could not be removed')
    const [, id = ''] = /history show (\w+)/.exec(data.next) ?? []
    const shown = await room.run(['history', 'show', id, '-o', 'json'])
    expect((JSON.parse(shown.out) as { data: unknown }).data).toMatchObject({
      ...{ id, kind: 'drill', mode: 'practice', status: 'incomplete', verdict: 'fail', error: { code: 'GR-DRILL-STEP' } },
      steps: [{ id: 'failover', outcome: 'ok' }, { id: 'clients', outcome: 'fail' }],
    }) // prettier-ignore
    const resumed = await room.run(['runbook', 'resume', id, '--config', link.configFile, '--confirm', link.name])
    expect(resumed).toMatchObject({ code: 5, err: expect.stringContaining('GR-RUN-OVER') as string })
    await expectUntouched()
  })

  it('a drill that is killed in its steps is not gone on with: it says what is left, and that can be taken away', async () => {
    const file = await runbook([
      `{ id: decided, kind: approve, question: 'Now?', by: { hook: 'sleep 30' } }`,
      '{ id: failover, kind: mirror.failover }',
      `{ id: clients, kind: exec, command: 'true' }`,
    ])
    const drill = room.start(['drill', 'run', file, '--config', link.configFile, '--link', link.name, ...quick])
    await drill.says('decided: have it approved')
    const canary = await canaryTopicOn(west.bootstrap)
    const id = canary.replace('georep-canary-', '')
    const journal = join(room.folder, 'state/georep/runs', id, 'journal.jsonl')
    await eventually('its intent is on disk', () => Promise.resolve(journalLines(journal).some(({ phase }) => phase === 'intent'))) // prettier-ignore
    drill.signal('SIGKILL')
    await drill.ended
    for (const verb of ['resume', 'abort']) {
      const { code, err } = await room.run(['runbook', verb, id, '--config', link.configFile, '--confirm', link.name])
      expect({ verb, code, err }).toMatchObject({ verb, code: 5, err: expect.stringContaining('GR-RUN-OF-DRILL') as string }) // prettier-ignore
      expect(err).toContain(`mirror delete ${canary} --link ${link.name}`)
    }
    const deleted = await room.run(['mirror', 'delete', canary, '--link', link.name, '--config', link.configFile, '--confirm', canary, '--take-over']) // prettier-ignore
    expect(deleted).toMatchObject({ code: 0 })
    for (const { bootstrap } of [east, west]) {
      await withAdmin(bootstrap, async (admin) => { await admin.deleteTopics({ topics: [canary] }) }) // prettier-ignore
    }
    await expectUntouched()
  })

  async function runbook(steps: readonly string[], mode = 'practice'): Promise<string> {
    const file = join(room.folder, 'georep-mine.yaml')
    const head = 'schema: georep.runbook/1\nname: mine\ndescription: d\nvariables: { link: { description: l } }\nlink: ${link}\nsteps:\n' // prettier-ignore
    const ids = steps.flatMap((step) => (/command|hook/.test(step) ? [/id: (\w+)/.exec(step)?.[1] ?? ''] : []))
    const drill = `drill:\n  mode: ${mode}\n${ids.length === 0 ? '' : `  commands: [${ids.join(', ')}]\n  repoints: [clients]\n`}`
    await writeFile(file, `${head}${steps.map((step) => `  - ${step}\n`).join('')}${drill}`)
    return file
  }

  async function end(topic: string): Promise<number> {
    return await withAdmin(west.bootstrap, async (admin) => Number((await admin.fetchTopicOffsets(topic))[0]?.high))
  }

  async function canariesOn(bootstrap: readonly string[]): Promise<readonly string[]> {
    const topics = await withAdmin(bootstrap, async (admin) => await admin.listTopics())
    return topics.filter((name) => name.startsWith('georep-canary-'))
  }

  /** The real mirror is carried on, and no canary is left. */
  async function expectUntouched(): Promise<void> {
    const before = await end(real)
    await write(east.bootstrap, real, 3)
    await eventually('the real mirror goes on', async () => (await end(real)) === before + 3)
    expect((await link.view(real)).record.state.state).toBe('ACTIVE')
    for (const { bootstrap } of [east, west]) {
      await eventually('no canary is left', async () => (await canariesOn(bootstrap)).every((name) => others.has(name)))
    }
  }
})

/** With why those are not known that are not. */
function figuresIn({ findings, rto, rpo, duplicates }: ByRunbook['data']): string {
  return JSON.stringify({ findings, rto, rpo, duplicates })
}
