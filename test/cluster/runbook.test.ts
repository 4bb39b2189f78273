import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { systemTime } from '../../src/cli/system-time.ts'
import { embeddedEngine } from '../../src/engines/embedded/embedded-engine.ts'
import { type Line, readJournal } from '../../src/runbook/journal-line.ts'
import { run, type Ran } from '../support/context.ts'
import { GeorepProcess } from './support/georep-process.ts'
import { act, TestLink } from './support/link.ts'
import { endsOf, recordsIn } from './support/log-content.ts'
import { createdTopic, eventually } from './support/observe.ts'
import { randomId } from './support/sandbox-deps.ts'
import { sharedClusters } from './support/sandbox.ts'
import { allow, deniedWriters, Writer } from './support/switch.ts'
import { write } from './support/write.ts'

// `georep runbook run` in a process of its own, killed with SIGKILL as soon as its journal has a certain line, or so long after that; in most scenes the
// process that resumes it is killed as well, further on. The anomalies that are looked for: a record acknowledged on the source after the destination was opened (two writable sides); a planned switch that lacks an
// acknowledged record; an effect that was made twice (a second marker on the mirror, a second denial on the source); an end state that depends on where
// it was killed; a journal with an intent whose result is missing, or whose chain is broken; a run without a record, or with two.

const { east, west } = sharedClusters()
const partitions = 1
/** Scenes side by side: one waits while others compute. */
const atOnce = 7
/** Often enough that a source that takes writes too long shows. */
const writeEveryMs = 25
const folder = mkdtempSync(join(tmpdir(), 'georep-runs-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/**
 * Killed when the process has written this line, `<step> <phase>` or the event of a note, and then so many milliseconds later. `begun` is its first line,
 * be it that of a run or of a resume.
 */
interface Kill {
  readonly at: string
  readonly afterMs?: number
}

/** A link with one mirror that is carried, a producer bound by ACLs that writes to its source, and somebody who writes to the mirror once it is open. */
class Scene implements AsyncDisposable {
  readonly link: TestLink
  readonly topic: string
  readonly writer: Writer
  readonly historyDir = join(folder, randomId())
  /** Records acknowledged on the source when the first was acknowledged on the destination; undefined before. */
  acknowledgedAtOpening: number | undefined
  readonly #stop = new AbortController()
  readonly #background: Promise<unknown>

  private constructor(link: TestLink, topic: string, writer: Writer) {
    this.link = link
    this.topic = topic
    this.writer = writer
    const { signal } = this.#stop
    const runs = embeddedEngine.run(
      link.target,
      { ...act('link run'), groupsEveryMs: 500, memoryBytes: 32_000_000, onEvent: () => undefined, onStart: () => undefined },
      { signal },
    ) // prettier-ignore
    this.#background = Promise.allSettled([runs, this.#writeOnceOpen(signal)])
  }

  static async open(): Promise<Scene> {
    const topic = await createdTopic(east.bootstrap, { partitions })
    await allow(east.bootstrap, topic, 'app')
    const link = await TestLink.create({ east, west })
    await link.mirror(topic)
    const scene = new Scene(link, topic, await Writer.start(east.secure, topic, partitions, 'app', writeEveryMs))
    await eventually('records arrive', async () => (await endsOf(west.bootstrap, topic)).every((end) => end > 2))
    return scene
  }

  /** One command on the link in this process. */
  async georep(...argv: readonly string[]): Promise<Ran> {
    const machine = { env: process.env, cwd: folder, hostname: hostname(), pid: process.pid, time: systemTime, newId: randomId } // prettier-ignore
    const kill = (pid: number, signal: NodeJS.Signals | 0): void => { process.kill(pid, signal) } // prettier-ignore
    const words = [...argv, '--config', this.link.configFile]
    return await run(words, { ...machine, kill, signal: AbortSignal.timeout(100_000) })
  }

  /** Begins it, or goes on with it, in a process that is killed; false when that had come to its end before. */
  async killed(verb: 'run' | 'resume', runbook: string, { at, afterMs = 0 }: Kill): Promise<boolean> {
    const before = verb === 'run' ? 0 : this.journal().length
    const words = verb === 'run' ? ['run', runbook, '--set', `link=${this.link.name}`] : ['resume', this.runId]
    const one = new GeorepProcess(['runbook', ...words, '--confirm', this.link.name, '--config', this.link.configFile, '--history-dir', this.historyDir]) // prettier-ignore
    let size = 0
    while (!one.hasEnded) {
      await sleep(4)
      // Looked at often, and therefore read only when it has grown.
      const now = statSync(this.#journalFile(), { throwIfNoEntry: false })?.size ?? 0
      if (now === size) continue
      size = now
      if (this.journal().slice(before).some((line, index) => (at === 'begun' ? index === 0 : placeOf(line) === at))) break // prettier-ignore
    }
    if (!one.hasEnded && afterMs > 0) await Promise.race([sleep(afterMs), one.ended])
    one.signal('SIGKILL')
    const { code, err } = await one.ended
    // What ended before its time must have ended well.
    if (code !== null && code !== 0) throw new Error(`it ended with ${String(code)}: ${err}`)
    return code === null
  }

  /** `none` before it has begun. */
  get runId(): string {
    const runs = join(this.historyDir, 'runs')
    return (existsSync(runs) ? readdirSync(runs)[0] : undefined) ?? 'none'
  }

  journal(): readonly Line[] {
    if (!existsSync(this.#journalFile())) return []
    const { lines, brokenAt } = readJournal(readFileSync(this.#journalFile()))
    expect(brokenAt).toBeUndefined()
    return lines
  }

  /** By its journal. */
  get isOver(): boolean {
    return this.journal().at(-1)?.facts?.['isOver'] === true
  }

  /** Ids of the records in the history. */
  records(): readonly string[] {
    return readdirSync(this.historyDir).flatMap((name) => /Z-(\w+)\.json$/.exec(name)?.[1] ?? [])
  }

  #journalFile(): string {
    return join(this.historyDir, 'runs', this.runId, 'journal.jsonl')
  }

  async #writeOnceOpen(signal: AbortSignal): Promise<void> {
    const { state } = this.link.target
    for (;;) {
      await state.glance({ signal })
      if (state.mirror(this.link.name, this.topic)?.state.state === 'STOPPED') break
      await sleep(100, undefined, { signal })
    }
    await write(west.bootstrap, this.topic, 1, { prefix: 'on the destination' })
    this.acknowledgedAtOpening = this.writer.acknowledged.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.writer.stop()
    this.#stop.abort(new Error('the scene ends'))
    await this.#background
    await this.link[Symbol.asyncDispose]()
  }
}

/** The end state, whatever happened on the way: open on the destination, refused on the source, each effect there once. */
async function expectSwitched(scene: Scene, stoppedBy: 'promote' | 'failover'): Promise<void> {
  const { link, topic, writer } = scene
  const { record } = await link.view(topic)
  expect(record.state).toMatchObject({ state: 'STOPPED', stoppedBy, isFenced: true })
  const ends = record.state.state === 'STOPPED' ? record.state.ends.map(Number) : []
  await eventually('the destination takes a write', () => Promise.resolve(scene.acknowledgedAtOpening !== undefined))
  // The source refuses, and has refused since before the destination was open.
  await eventually('the producer is refused', () => Promise.resolve(writer.refusals.size > 0))
  await writer.stop()
  expect([...writer.refusals]).toEqual(['TOPIC_AUTHORIZATION_FAILED'])
  expect(writer.acknowledged.length).toBe(scene.acknowledgedAtOpening)
  expect(await deniedWriters(east.bootstrap, topic)).toEqual(['User:*'])
  // One marker a partition, and the one record of ours.
  expect(await endsOf(west.bootstrap, topic)).toEqual(ends.map((end) => end + 2))
  if (stoppedBy === 'failover') return
  const here = await recordsIn(
    west.bootstrap,
    topic,
    ends.reduce((sum, end) => sum + end, 1),
  ) // ours is one more
  expect(await endsOf(east.bootstrap, topic)).toEqual(ends)
  const values = new Set(here.map(({ value }) => value))
  expect(writer.acknowledged.filter((value) => !values.has(value))).toEqual([])
}

/** Every intent has a result after it, and the run an end. */
function expectComplete(lines: readonly Line[], isOver: boolean): void {
  const open = lines.flatMap(({ phase, step }, index) =>
    phase === 'intent' && !lines.slice(index + 1).some((later) => later.step === step && later.phase === 'result') ? [step] : []) // prettier-ignore
  expect(open).toEqual([])
  expect(lines.at(-1)).toMatchObject({ phase: 'note', facts: { event: 'ended', isOver } })
}

/** Effects of the runbook that were begun: how often each was found to be done by what was begun. */
function effectsDone(lines: readonly Line[]): ReadonlyMap<string, number> {
  const done = new Map<string, number>()
  for (const { step, phase, outcome } of lines) {
    if (step !== null && phase === 'result' && outcome === 'ok') done.set(step, (done.get(step) ?? 0) + 1)
  }
  return done
}

function placeOf({ step, phase, facts }: Line): string {
  return step === null ? String(facts?.['event']) : `${step} ${phase}`
}

let free = atOnce
const waiting: (() => void)[] = []

/** A scene for each, side by side with all others of this file, so many at once. */
async function inScenes<T>(all: readonly T[], body: (one: T, scene: Scene) => Promise<void>): Promise<void> {
  const inTurn = async (one: T): Promise<void> => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      await using scene = await Scene.open()
      await body(one, scene)
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
  const ended = await Promise.allSettled(all.map(inTurn))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
}

const cases = [
  {
    runbook: 'forced-failover',
    stoppedBy: 'failover',
    effects: ['fence', 'failover'],
    kills: [
      [{ at: 'begun' }, { at: 'failover intent' }],
      [{ at: 'permitted result' }, { at: 'failover result' }],
      [{ at: 'fence intent' }, { at: 'offsets result' }],
      [{ at: 'fence result' }, { at: 'readable result' }],
      [{ at: 'fence intent', afterMs: 40 }, { at: 'failover intent', afterMs: 60 }],
      [{ at: 'fence intent', afterMs: 120 }, { at: 'failover intent', afterMs: 180 }],
      [{ at: 'ended' }],
    ],
    aborts: ['permitted result', 'fence intent', 'failover intent', 'failover result', 'offsets result'],
  },
  {
    runbook: 'planned-switchover',
    stoppedBy: 'promote',
    effects: ['fence', 'promote'],
    kills: [
      [{ at: 'begun' }, { at: 'promote intent' }],
      [{ at: 'healthy result' }, { at: 'promote result' }],
      [{ at: 'lag result' }, { at: 'equal result' }],
      [{ at: 'permitted result' }, { at: 'refused result' }],
      [{ at: 'fence intent' }, { at: 'offsets result' }],
      [{ at: 'fence result' }, { at: 'readable result' }],
      [{ at: 'fence intent', afterMs: 60 }, { at: 'promote intent', afterMs: 150 }],
      [{ at: 'promote intent', afterMs: 500 }, { at: 'promote intent', afterMs: 900 }],
      [{ at: 'promote intent', afterMs: 1_400 }, { at: 'ended' }],
    ],
    aborts: ['healthy result', 'permitted result', 'fence intent', 'fence result', 'promote intent', 'promote result', 'refused result'],
  },
] as const // prettier-ignore

describe.concurrent.each(cases)('$runbook, killed', ({ runbook, stoppedBy, effects, kills, aborts }) => {
  it('at every step and inside of it, is carried on by resume to the same end', async () => {
    let spared = 0
    await inScenes<readonly Kill[]>(kills, async (planned, scene) => {
      const { link, historyDir } = scene
      for (const [index, kill] of planned.entries()) {
        const isKilled = !scene.isOver && (await scene.killed(index === 0 ? 'run' : 'resume', runbook, kill))
        if (!isKilled) spared++
      }
      if (scene.records().length === 0) {
        const { code, err } = await scene.georep('runbook', 'resume', scene.runId, '--confirm', link.name, '--history-dir', historyDir) // prettier-ignore
        expect({ planned, code, err }).toEqual({ planned, code: 0, err: expect.stringContaining('saved as') as string })
      }
      await expectSwitched(scene, stoppedBy)
      const lines = scene.journal()
      expectComplete(lines, true)
      for (const effect of effects) expect({ planned, effect, done: effectsDone(lines).get(effect) }).toEqual({ planned, effect, done: 1 }) // prettier-ignore
      expect({ planned, records: scene.records().length }).toEqual({ planned, records: 1 })
    })
    // Were it too quick to be killed, nothing would have been looked at.
    expect(spared).toBeLessThan(4)
  })

  it('at every step, and aborted, leaves a source that takes writes, or says how to free it', async () => {
    await inScenes(aborts, async (at, scene) => {
      const { link, topic, writer, historyDir } = scene
      await scene.killed('run', runbook, { at, afterMs: 30 })
      if (scene.isOver) return
      const { code, err } = await scene.georep('runbook', 'abort', scene.runId, '--confirm', link.name, '--history-dir', historyDir) // prettier-ignore
      const plan = await scene.georep('runbook', 'plan', runbook, '--set', `link=${link.name}`)
      const { state } = await link.view(topic)
      if (code === 0) {
        const denied = await deniedWriters(east.bootstrap, topic)
        expect({ at, err, denied }).toEqual({ at, err, denied: [] })
        const before = writer.acknowledged.length
        await eventually('the source takes writes', () => Promise.resolve(writer.acknowledged.length > before + 3))
        expectComplete(
          scene.journal().filter(({ step }) => step === null || step === 'unfence'),
          true,
        )
        expect({ at, state: state.state }).toEqual({ at, state: 'ACTIVE' })
        expect(plan).toMatchObject({ code: 0, out: expect.stringContaining('would do') as string })
      } else {
        if (err.includes('the destination takes writes'))
          expect(err).toContain('next: to go through with the run: georep ')
        expect({ at, code, err }).toEqual({ at, code: 6, err: expect.stringContaining(`mirror unfence --link ${link.name} --all`) as string }) // prettier-ignore
        expect(['STOPPED', 'PENDING_STOPPED']).toContain(state.state)
        expect(plan.out).toMatch(/failover +mirror\.failover|promote +mirror\.promote/)
        expect(plan.out).toContain(state.state === 'STOPPED' ? 'true already' : 'would')
      }
      expect({ at, records: scene.records().length }).toEqual({ at, records: 1 })
    })
  })
})
