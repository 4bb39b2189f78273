import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { systemTime } from '../../src/cli/system-time.ts'
import { embeddedEngine } from '../../src/engines/embedded/embedded-engine.ts'
import { type Line, readJournal } from '../../src/runbook/journal-line.ts'
import { run, type Ran } from '../support/context.ts'
import { act, TestLink } from './support/link.ts'
import { endsOf, recordsIn } from './support/log-content.ts'
import { createdTopic, eventually } from './support/observe.ts'
import { startGeorep } from './support/runner.ts'
import { randomId } from './support/sandbox-deps.ts'
import { sharedClusters } from './support/sandbox.ts'
import { allow, deniedWriters, Writer } from './support/switch.ts'
import { write } from './support/write.ts'

// `georep runbook run` in a process of its own, killed with SIGKILL as soon as its journal has so many lines, or so long after that. The anomalies that
// are looked for: a record acknowledged on the source after the destination was opened (two writable sides); a planned switch that lacks an
// acknowledged record; an effect that was made twice (a second marker on the mirror, a second denial on the source); an end state that depends on where
// it was killed; a journal with an intent whose result is missing, or whose chain is broken.

const { east, west } = sharedClusters()
const partitions = 1
const atOnce = 7
const folder = mkdtempSync(join(tmpdir(), 'georep-runs-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Killed when the journal has so many lines, and then so many milliseconds later. */
interface Kill {
  readonly lines: number
  readonly afterMs: number
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
    const scene = new Scene(link, topic, await Writer.start(east.secure, topic, partitions, 'app'))
    await eventually('records arrive', async () => (await endsOf(west.bootstrap, topic)).every((end) => end > 5))
    return scene
  }

  /** One command on the link in this process. */
  async georep(...argv: readonly string[]): Promise<Ran> {
    const machine = { env: process.env, cwd: folder, hostname: hostname(), pid: process.pid, time: systemTime, newId: randomId } // prettier-ignore
    const kill = (pid: number, signal: NodeJS.Signals | 0): void => { process.kill(pid, signal) } // prettier-ignore
    const words = [...argv, '--config', this.link.configFile]
    return await run(words, { ...machine, kill, signal: AbortSignal.timeout(100_000) })
  }

  /** Runs it in a process that is killed; false when its journal had come to its end before. */
  async killed(runbook: string, { lines, afterMs }: Kill): Promise<boolean> {
    const child = startGeorep(['runbook', 'run', runbook, '--set', `link=${this.link.name}`, '--confirm', this.link.name, '--config', this.link.configFile, '--history-dir', this.historyDir]) // prettier-ignore
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.stdout?.resume()
    const ended = once(child, 'exit')
    while (child.exitCode === null && this.journal().length < lines) await sleep(4)
    if (child.exitCode === null && afterMs > 0) await Promise.race([sleep(afterMs), ended])
    const isAlive = child.exitCode === null
    child.kill('SIGKILL')
    await ended
    // What ended before its time must have ended well.
    if (!isAlive && child.exitCode !== 0) throw new Error(`it ended with ${String(child.exitCode)}: ${said}`)
    return isAlive && this.journal().at(-1)?.facts?.['event'] !== 'ended'
  }

  get runId(): string {
    const [id] = readdirSync(join(this.historyDir, 'runs'))
    if (id === undefined) throw new Error('no run has begun')
    return id
  }

  journal(): readonly Line[] {
    try {
      const { lines, brokenAt } = readJournal(readFileSync(join(this.historyDir, 'runs', this.runId, 'journal.jsonl')))
      expect(brokenAt).toBeUndefined()
      return lines
    } catch (error) {
      if (error instanceof Error && ('code' in error || error.message === 'no run has begun')) return []
      throw error
    }
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

async function sideBySide<T>(all: readonly T[], body: (one: T) => Promise<void>): Promise<void> {
  const left = [...all]
  await Promise.all(
    Array.from({ length: Math.min(atOnce, left.length) }, async () => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) await body(one)
    }),
  )
}

const cases = [
  {
    runbook: 'forced-failover',
    stoppedBy: 'failover',
    effects: ['fence', 'failover'],
    // begun, permitted, fence (intent, result), failover (intent, result), offsets, readable
    boundaries: [1, 2, 3, 4, 5, 6, 7, 8],
    aborts: [2, 3, 5, 6, 7],
    inside: [{ lines: 3, afterMs: 40 }, { lines: 3, afterMs: 120 }, { lines: 5, afterMs: 60 }, { lines: 5, afterMs: 180 }],
  },
  {
    runbook: 'planned-switchover',
    stoppedBy: 'promote',
    effects: ['fence', 'promote'],
    // begun, healthy, lag, permitted, fence (intent, result), promote (intent, result), equal, refused, offsets, readable
    boundaries: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    aborts: [2, 4, 5, 6, 7, 8, 10],
    inside: [{ lines: 5, afterMs: 60 }, { lines: 7, afterMs: 150 }, { lines: 7, afterMs: 500 }, { lines: 7, afterMs: 900 }, { lines: 7, afterMs: 1_400 }],
  },
] as const // prettier-ignore

describe.each(cases)('$runbook, killed', ({ runbook, stoppedBy, effects, boundaries, inside, aborts }) => {
  it('at every step and inside of it, is carried on by resume to the same end', async () => {
    const kills: Kill[] = [...boundaries.map((lines) => ({ lines, afterMs: 0 })), ...inside]
    let wasAlive = 0
    await sideBySide(kills, async (kill) => {
      await using scene = await Scene.open()
      if (await scene.killed(runbook, kill)) {
        wasAlive++
        const { code, err } = await scene.georep('runbook', 'resume', scene.runId, '--confirm', scene.link.name, '--history-dir', scene.historyDir) // prettier-ignore
        expect({ kill, code, err }).toEqual({ kill, code: 0, err: expect.stringContaining('saved as') as string })
      }
      await expectSwitched(scene, stoppedBy)
      const lines = scene.journal()
      expectComplete(lines, true)
      for (const effect of effects) expect({ kill, effect, done: effectsDone(lines).get(effect) }).toEqual({ kill, effect, done: 1 }) // prettier-ignore
    })
    // Were it too quick to be killed, nothing would have been looked at.
    expect(wasAlive).toBeGreaterThan(kills.length - 4)
  })

  it('at every step, and aborted, leaves a source that takes writes, or says how to free it', async () => {
    await sideBySide(aborts, async (boundary) => {
      await using scene = await Scene.open()
      const { link, topic, writer, historyDir } = scene
      if (!(await scene.killed(runbook, { lines: boundary, afterMs: 30 }))) return
      const { code, err } = await scene.georep('runbook', 'abort', scene.runId, '--confirm', link.name, '--history-dir', historyDir) // prettier-ignore
      const plan = await scene.georep('runbook', 'plan', runbook, '--set', `link=${link.name}`)
      const { state } = await link.view(topic)
      if (code === 0) {
        expect(await deniedWriters(east.bootstrap, topic)).toEqual([])
        const before = writer.acknowledged.length
        await eventually('the source takes writes', () => Promise.resolve(writer.acknowledged.length > before + 3))
        expectComplete(
          scene.journal().filter(({ step }) => step === null || step === 'unfence'),
          true,
        )
        expect({ boundary, state: state.state }).toEqual({ boundary, state: 'ACTIVE' })
        expect(plan).toMatchObject({ code: 0, out: expect.stringContaining('would do') as string })
      } else {
        expect({ boundary, code, err }).toEqual({ boundary, code: 6, err: expect.stringContaining(`mirror unfence --link ${link.name} --all`) as string }) // prettier-ignore
        expect(['STOPPED', 'PENDING_STOPPED']).toContain(state.state)
        expect(plan.out).toMatch(/failover +mirror\.failover|promote +mirror\.promote/)
        expect(plan.out).toContain(state.state === 'STOPPED' ? 'true already' : 'would')
      }
    })
  })
})
