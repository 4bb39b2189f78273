import { mkdtempSync, rmSync } from 'node:fs'
import { appendFile, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { explainStep } from '../../src/cli/runbook/explain-step.ts'
import { GeorepError } from '../../src/core/errors.ts'
import { type Line, readJournal } from '../../src/runbook/journal-line.ts'
import { JournalFile, journalOf } from '../../src/runbook/journal.ts'
import { type Decision, gatesOf, pastFrom } from '../../src/runbook/past.ts'
import { type PlannedStep, planSteps } from '../../src/runbook/plan-steps.ts'
import { type RanSteps, runSteps } from '../../src/runbook/run-steps.ts'
import type { Certainty, Observation, Step } from '../../src/runbook/step.ts'

// A runbook over a world that is a few switches, cut short at every point at which it touches the world or its journal, and carried on. Looked for: an
// effect that is made twice, one that is left out, an end state that depends on where it was cut short, an intent without a result, a broken chain, and
// something done again of which nobody knew whether it was done.

/** Thrown where the process is killed: nothing after it runs. */
class Killed extends Error {}

class World {
  readonly done = new Map<string, number>()
  /** Points that were passed, and the one at which the process ends. */
  points = 0
  killAt = Number.POSITIVE_INFINITY
  isDead = false
  /** Effects that fail so often before they work, and whether they are made all the same. */
  readonly failures = new Map<string, { times: number; readonly isMade: boolean; readonly error: Error }>()
  readonly unobservable = new Set<string>()

  point(): void {
    if (this.isDead || ++this.points === this.killAt) {
      this.isDead = true
      throw new Killed()
    }
  }

  step(id: string, certainty: Certainty = 'observed', more: Partial<Step> = {}): Step {
    return {
      id,
      kind: 'test',
      does: `do ${id}`,
      certainty,
      timeoutMs: 60_000,
      attempts: 1,
      onFailure: 'abort',
      observe: async () => {
        await Promise.resolve()
        this.point()
        return this.#seen(id, certainty)
      },
      apply: async () => {
        this.point()
        const failure = this.failures.get(id)
        if (failure !== undefined && failure.times > 0) {
          failure.times--
          if (failure.isMade) this.#make(id)
          throw failure.error
        }
        this.#make(id)
        await Promise.resolve()
        this.point()
        return `${id} was done`
      },
      ...more,
    }
  }

  #make(id: string): void {
    this.done.set(id, (this.done.get(id) ?? 0) + 1)
  }

  #seen(id: string, certainty: Certainty): Observation {
    if (this.unobservable.has(id)) return { kind: 'unknown', why: 'no answer' }
    if (certainty === 'check') return { kind: 'done', what: 'as it should be' }
    if (certainty === 'observed' && this.done.has(id)) return { kind: 'done', what: `${id} is so` }
    return { kind: 'notDone', what: `would do ${id}` }
  }
}

let folder: string
let runs = 0
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'georep-fault-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

class Run {
  readonly file = join(folder, `run${(runs++).toString()}`, 'journal.jsonl')
  readonly world: World
  readonly steps: readonly Step[]
  signal = new AbortController().signal
  confirm = async (): Promise<void> => { await Promise.resolve() } // prettier-ignore

  constructor(world: World, steps: readonly Step[]) {
    this.world = world
    this.steps = steps
  }

  /** One process: it begins, or goes on. Undefined when it was killed. */
  async process(decisions: ReadonlyMap<string, Decision> = new Map()): Promise<RanSteps | undefined> {
    const { world, steps } = this
    world.isDead = false
    const time = { now: () => new Date(0), monotonic: () => 0, wait: async () => { await Promise.resolve() } } // prettier-ignore
    const options = { file: this.file, run: 'r', actor: 'test', time }
    await using journal = await this.#journal(options)
    try {
      return await runSteps(steps, {
        journal: {
          append: async (entry) => {
            world.point()
            await journal.append(entry)
            world.point()
          },
        },
        time,
        signal: this.signal,
        confirm: this.confirm,
        past: pastFrom(journal.lines, gatesOf(steps)),
        decisions,
        explain: (thrown) => {
          if (thrown instanceof Killed) throw thrown
          return explainStep(thrown)
        },
        onStep: () => undefined,
        onEnd: () => undefined,
      })
    } catch (error) {
      if (error instanceof Killed) return undefined
      throw error
    }
  }

  /** As it is shown before the run is gone on with. */
  async plan(decisions: ReadonlyMap<string, Decision> = new Map()): Promise<readonly PlannedStep['status'][]> {
    const past = pastFrom(await this.lines(), gatesOf(this.steps))
    const planned = await planSteps(this.steps, { signal: this.signal, explain: explainStep, past, decisions })
    return planned.map(({ status }) => status)
  }

  async lines(): Promise<readonly Line[]> {
    return (await journalOf(this.file, 'r')).lines
  }

  async #journal(options: Parameters<typeof JournalFile.create>[0]): Promise<JournalFile> {
    const bytes = await readFile(this.file).catch(() => undefined)
    if (bytes === undefined) return await JournalFile.create(options)
    const found = readJournal(bytes)
    expect(found.brokenAt).toBeUndefined()
    return await JournalFile.open(options, found)
  }
}

function expectWhole(lines: readonly Line[]): void {
  for (const [index, { phase, step }] of lines.entries()) {
    if (phase !== 'intent') continue
    const rest = lines.slice(index + 1)
    expect(rest.some((later) => later.step === step && later.phase === 'result')).toBe(true)
  }
}

const stepsOf = (world: World): readonly Step[] => [
  world.step('look', 'check'),
  world.step('asked', 'gate'),
  world.step('fence'),
  world.step('promote'),
  world.step('look again', 'check'),
  world.step('offsets'),
]

describe('a run that is killed', () => {
  it('at every point ends as if it had not been, with every effect once', async () => {
    const world = new World()
    await new Run(world, stepsOf(world)).process()
    const all = world.points
    expect(all).toBeGreaterThan(20)
    for (let at = 1; at <= all; at++) {
      const one = new World()
      one.killAt = at
      const run = new Run(one, stepsOf(one))
      expect(await run.process()).toBeUndefined()
      one.killAt = Number.POSITIVE_INFINITY
      expect({ at, stoppedAt: (await run.process())?.stoppedAt }).toEqual({ at, stoppedAt: undefined })
      for (const id of ['fence', 'promote', 'offsets']) expect({ at, id, done: one.done.get(id) }).toEqual({ at, id, done: 1 }) // prettier-ignore
      expectWhole(await run.lines())
    }
  })

  it('again and again, at any points, does too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 6 }), async (kills) => {
        const world = new World()
        const run = new Run(world, stepsOf(world))
        for (const after of kills) {
          world.killAt = world.points + after
          await run.process()
        }
        world.killAt = Number.POSITIVE_INFINITY
        expect((await run.process())?.stoppedAt).toBeUndefined()
        expect(['fence', 'promote', 'offsets'].map((id) => world.done.get(id))).toEqual([1, 1, 1])
        expectWhole(await run.lines())
      }),
      { numRuns: 60 },
    )
  })

  it('in a command that cannot be looked at asks, and does it again only when told', async () => {
    let asked = 0
    for (let at = 1; at <= 10; at++) {
      for (const decision of ['redo', 'skip'] as const) {
        const world = new World()
        world.killAt = at
        const run = new Run(world, [world.step('command', 'once'), world.step('after')])
        await run.process()
        world.killAt = Number.POSITIVE_INFINITY
        const before = world.done.get('command') ?? 0
        const next = await run.process()
        if (next?.stoppedAt === undefined) {
          // It had not been begun, or its result was on disk.
          expect({ at, done: world.done.get('command') }).toEqual({ at, done: 1 })
          continue
        }
        asked++
        expect(next.stoppedAt).toMatchObject({ outcome: 'unknown', error: { code: 'GR-STEP-UNKNOWN' } })
        expect(world.done.get('command') ?? 0).toBe(before)
        // Asked again it is no different: that it was asked is no answer.
        expect((await run.process())?.stoppedAt).toMatchObject({ outcome: 'unknown', attempts: 1 })
        expect(await run.plan()).toEqual(['unknown', 'wouldDo'])
        expect(await run.plan(new Map([['command', decision]]))).toEqual([decision === 'redo' ? 'wouldDo' : 'done', 'wouldDo']) // prettier-ignore
        expect((await run.process(new Map([['command', decision]])))?.stoppedAt).toBeUndefined()
        expect(world.done.get('command') ?? 0).toBe(before + (decision === 'redo' ? 1 : 0))
        expect(world.done.get('after')).toBe(1)
      }
    }
    expect(asked).toBeGreaterThanOrEqual(4)
  })
})

it('what was passed before is not planned to be done once more, nor are checks that it has made fail', async () => {
  const world = new World()
  const run = new Run(world, stepsOf(world))
  world.failures.set('promote', { times: 1, isMade: false, error: new GeorepError('failed', 'GR-EXEC', 'exit 1') })
  await run.process()
  world.unobservable.add('look')
  expect(await run.plan()).toEqual(['done', 'done', 'done', 'wouldDo', 'later', 'wouldDo'])
  expect((await run.process())?.stoppedAt).toBeUndefined()
})

describe('an effect of which no answer came', () => {
  const lost = new GeorepError('unknown', 'GR-NO-ANSWER', 'a request left and no answer came')

  it('is done when it is seen to be, and is not done again', async () => {
    const world = new World()
    world.failures.set('promote', { times: 1, isMade: true, error: lost })
    const run = new Run(world, stepsOf(world))
    expect((await run.process())?.stoppedAt).toBeUndefined()
    expect(world.done.get('promote')).toBe(1)
  })

  it('is tried again when it is seen not to be, as often as the step says', async () => {
    const world = new World()
    world.failures.set('promote', { times: 2, isMade: false, error: lost })
    const steps = [world.step('promote', 'observed', { attempts: 3 })]
    const run = new Run(world, steps)
    expect((await run.process())?.stoppedAt).toBeUndefined()
    expect(world.done.get('promote')).toBe(1)
    expect((await run.lines()).filter(({ phase }) => phase === 'intent').map(({ attempt }) => attempt)).toEqual([1, 2, 3]) // prettier-ignore
  })

  it('is not tried again where it cannot be looked at, whatever the attempts', async () => {
    const world = new World()
    world.failures.set('command', { times: 1, isMade: true, error: lost })
    const run = new Run(world, [world.step('command', 'once', { attempts: 5 })])
    expect((await run.process())?.stoppedAt).toMatchObject({ outcome: 'unknown' })
    expect(world.done.get('command')).toBe(1)
  })

  it('is tried again when it has failed for certain', async () => {
    const world = new World()
    world.failures.set('command', { times: 1, isMade: false, error: new GeorepError('failed', 'GR-EXEC', 'exit 1') })
    const run = new Run(world, [world.step('command', 'once', { attempts: 2 })])
    expect((await run.process())?.stoppedAt).toBeUndefined()
    expect(world.done.get('command')).toBe(1)
  })
})

describe('a step that cannot be seen', () => {
  it('is unknown, not done and not left out', async () => {
    const world = new World()
    world.unobservable.add('fence')
    const run = new Run(world, stepsOf(world))
    expect((await run.process())?.stoppedAt).toMatchObject({ outcome: 'unknown', step: { id: 'fence' } })
    expect(world.done.size).toBe(1) // the gate
    world.unobservable.clear()
    expect((await run.process())?.stoppedAt).toBeUndefined()
  })

  it('is gone past where the runbook says so', async () => {
    const world = new World()
    world.unobservable.add('fence')
    const run = new Run(world, [world.step('fence', 'observed', { onFailure: 'continue' }), world.step('failover')])
    const ran = await run.process()
    expect(ran?.stoppedAt).toBeUndefined()
    expect(ran?.ends.map(({ outcome }) => outcome)).toEqual(['unknown', 'ok'])
  })
})

it('a check whose time is up while it is looked at once more ends as it was seen before', async () => {
  const hangs = async (signal: AbortSignal): Promise<Observation> => {
    await new Promise((resolve) => { signal.addEventListener('abort', resolve) }) // prettier-ignore
    throw new Error('aborted')
  }
  const checked = async (...answers: readonly Observation[]): Promise<RanSteps['ends'][number] | undefined> => {
    const left = [...answers]
    const step = new World().step('a', 'check', { timeoutMs: 100, observe: async ({ signal }) => left.shift() ?? (await hangs(signal)) }) // prettier-ignore
    return (await new Run(new World(), [step]).process())?.ends[0]
  }
  expect(await checked({ kind: 'blocked', why: 'it ends at 100' })).toMatchObject({ outcome: 'fail', what: 'it ends at 100', error: { code: 'GR-STEP-BLOCKED' } }) // prettier-ignore
  expect(await checked({ kind: 'unknown', why: 'an end is not known' })).toMatchObject({ outcome: 'unknown', what: 'an end is not known' }) // prettier-ignore
  expect(await checked()).toMatchObject({ outcome: 'unknown', what: 'no answer within the time-out of the step' })
})

it('a link that is lost ends the run before the next effect, with a journal that can be gone on with', async () => {
  const world = new World()
  const run = new Run(world, stepsOf(world))
  let confirmed = 0
  run.confirm = async () => {
    await Promise.resolve()
    // The gate, then the fence, then it is another's.
    if (++confirmed === 3) throw new GeorepError('conflict', 'GR-LINK-TAKEN', 'link "east-west" was taken over')
  }
  expect((await run.process())?.stoppedAt).toMatchObject({ step: { id: 'promote' }, error: { kind: 'conflict' } })
  expect([...world.done.keys()]).toEqual(['asked', 'fence'])
  run.confirm = async () => { await Promise.resolve() } // prettier-ignore
  expect((await run.process())?.stoppedAt).toBeUndefined()
  expect(world.done.get('fence')).toBe(1)
})

it('somebody who stops the run in the middle of a step has it written down, and can go on', async () => {
  const world = new World()
  const stop = new AbortController()
  const slow = world.step('promote', 'observed', {
    apply: async ({ signal }) => {
      stop.abort(new GeorepError('interrupted', 'GR-INTERRUPTED', 'interrupted by SIGINT'))
      await Promise.resolve()
      signal.throwIfAborted()
      return undefined
    },
  })
  const run = new Run(world, [slow, world.step('offsets')])
  run.signal = stop.signal
  const ran = await run.process()
  expect(ran?.stoppedAt).toMatchObject({ outcome: 'unknown', error: { kind: 'interrupted' } })
  expect((await run.lines()).at(-1)).toMatchObject({ step: 'promote', phase: 'result', outcome: 'unknown' })
  expect(world.done.has('offsets')).toBe(false)
})

describe('the journal', () => {
  const cut = async (run: Run): Promise<void> => { await appendFile(run.file, '{"schema":"georep.journal/1","run":"r","se') } // prettier-ignore

  it('bears a last line that was cut short', async () => {
    const world = new World()
    world.killAt = 12
    const run = new Run(world, stepsOf(world))
    await run.process()
    await cut(run)
    world.killAt = Number.POSITIVE_INFINITY
    expect((await run.process())?.stoppedAt).toBeUndefined()
    expectWhole(await run.lines())
  })

  it('does not bear a line that was changed, nor one that is missing', async () => {
    const world = new World()
    const run = new Run(world, stepsOf(world))
    await run.process()
    const text = await readFile(run.file, 'utf8')
    const lines = text.split('\n').slice(0, -1)
    const changed = lines.map((line, index) => (index === 2 ? line.replace('"attempt":1', '"attempt":2') : line))
    for (const [bad, at] of [[changed, 3], [lines.toSpliced(3, 1), 4], [lines.toSpliced(0, 1), 1]] as const) expect(readJournal(Buffer.from(`${bad.join('\n')}\n`)).brokenAt).toBe(at) // prettier-ignore
    expect(readJournal(Buffer.from(text)).brokenAt).toBeUndefined()
  })

  it('is not written to by two', async () => {
    const world = new World()
    const run = new Run(world, [world.step('fence', 'observed', { apply: async () => { await cut(run) ; return undefined } })]) // prettier-ignore
    await expect(run.process()).rejects.toMatchObject({ kind: 'conflict', code: 'GR-JOURNAL-TAKEN' })
  })
})
