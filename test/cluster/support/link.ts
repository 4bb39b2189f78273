import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { systemTime } from '../../../src/cli/system-time.ts'
import { actorOf } from '../../../src/cli/actor.ts'
import { embeddedEngine } from '../../../src/engines/embedded/embedded-engine.ts'
import type { FailoverAct, FailoverResult, LinkTarget, MirrorView } from '../../../src/engines/engine.ts'
import type { Cluster } from '../../../src/kafka/cluster.ts'
import { LinkState } from '../../../src/links/state.ts'
import { eventually, layer } from './observe.ts'
import { Runner, type RunnerOptions } from './runner.ts'
import { randomId } from './sandbox-deps.ts'

export interface Bootstrapped {
  readonly bootstrap: readonly string[]
  /** How runners come in where it is not by that: an entry of georep.yaml. */
  readonly entry?: string
}

/**
 * A link of its own between two clusters that other tests use as well: in its georep.yaml they have other names, because a link is named after
 * its clusters.
 */
export class TestLink implements AsyncDisposable {
  readonly name: string
  readonly configFile: string
  readonly source: Cluster
  readonly destination: Cluster
  readonly #target: LinkTarget
  readonly #runners: Runner[] = []

  private constructor(target: LinkTarget, configFile: string) {
    this.#target = target
    this.name = target.link.name
    this.source = target.source
    this.destination = target.destination
    this.configFile = configFile
  }

  static async create(
    clusters: { readonly east: Bootstrapped; readonly west: Bootstrapped },
    options: { readonly groups?: readonly string[] } = {},
  ): Promise<TestLink> {
    const signal = AbortSignal.timeout(90_000)
    const id = randomId().slice(0, 6)
    const ends = { source: `e${id}`, destination: `w${id}` }
    const source = layer({ name: ends.source, bootstrap: clusters.east.bootstrap })
    const destination = layer({ name: ends.destination, bootstrap: clusters.west.bootstrap })
    const request = { name: `${ends.source}-${ends.destination}`, source, destination, groups: options.groups ?? [] }
    const plan = await embeddedEngine.planLink(request, { signal })
    const link = await embeddedEngine.createLink(plan, act('link create'), { signal })
    const configFile = join(await mkdtemp(join(tmpdir(), 'georep-test-')), 'georep.yaml')
    const entry = ({ bootstrap, entry: own }: Bootstrapped): string => own ?? `{ bootstrap: [${bootstrap.join(', ')}] }`
    const text = `clusters:\n  ${ends.source}: ${entry(clusters.east)}\n  ${ends.destination}: ${entry(clusters.west)}\n`
    await writeFile(configFile, text)
    return new TestLink({ link, source, destination, state: new LinkState(destination) }, configFile)
  }

  /** A link from the destination back to the source, of the same file. */
  async back(options: { readonly groups?: readonly string[] } = {}): Promise<TestLink> {
    const signal = AbortSignal.timeout(90_000)
    const source = layer({ name: this.destination.name, bootstrap: this.destination.bootstrap })
    const destination = layer({ name: this.source.name, bootstrap: this.source.bootstrap })
    const request = { name: `${source.name}-${destination.name}`, source, destination, groups: options.groups ?? [] }
    const plan = await embeddedEngine.planLink(request, { signal })
    const link = await embeddedEngine.createLink(plan, act('link create'), { signal })
    return new TestLink({ link, source, destination, state: new LinkState(destination) }, this.configFile)
  }

  /** The link as another process would find it, nothing read yet. */
  get target(): LinkTarget {
    return { ...this.#target, state: new LinkState(this.destination) }
  }

  async mirror(...topics: readonly string[]): Promise<void> {
    const signal = AbortSignal.timeout(90_000)
    for (const topic of topics) {
      const { target } = this
      await target.state.refresh({ signal })
      const plan = await embeddedEngine.planMirror(target, topic, { signal })
      await embeddedEngine.createMirror(target, plan, act('mirror create'), { signal })
    }
  }

  /** The mirror as the engine shows it now. */
  async view(topic: string): Promise<MirrorView> {
    const { mirrors } = await embeddedEngine.observe(this.target, { signal: AbortSignal.timeout(90_000) })
    const view = mirrors.find(({ record }) => record.mirrorTopic === topic)
    if (view === undefined) throw new Error(`link "${this.name}" has no mirror "${topic}"`)
    return view
  }

  /** Waits until the mirror is FAILED, and returns the reason. */
  async failure(topic: string, timeoutMs = 60_000): Promise<string> {
    const signal = AbortSignal.timeout(timeoutMs + 10_000)
    const { state } = this.target
    let reason: string | undefined
    await eventually(
      `mirror "${topic}" is FAILED`,
      async () => {
        await state.refresh({ signal })
        reason = state.failure(this.name, topic)?.reason
        return reason !== undefined
      },
      timeoutMs,
    )
    const view = await this.view(topic)
    expect(view.state).toEqual({ state: 'FAILED', reason })
    return reason ?? ''
  }

  /** A `georep link run` in a process of its own, once it says that it runs. */
  async run(options: RunnerOptions = {}): Promise<Runner> {
    const runner = await Runner.start(this, options)
    this.#runners.push(runner)
    return runner
  }

  async failover(
    topics: readonly string[] | 'all',
    options: {
      readonly signal?: AbortSignal
      readonly onProgress?: (text: string) => void
      readonly afterPlan?: () => Promise<void>
    } = {},
  ): Promise<readonly FailoverResult[]> {
    const signal = options.signal ?? AbortSignal.timeout(60_000)
    const { target } = this
    const plan = await embeddedEngine.planFailover(target, topics, { signal })
    await options.afterPlan?.()
    const by: FailoverAct = {
      ...act('mirror failover'),
      isUnfenced: false,
      onProgress: options.onProgress ?? ((): undefined => undefined),
    }
    return await embeddedEngine.failover(target, plan, by, { signal })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#runners.map(async (runner) => { await runner.kill() })) // prettier-ignore
    await this.source[Symbol.asyncDispose]()
    await this.destination[Symbol.asyncDispose]()
    await rm(join(this.configFile, '..'), { recursive: true, force: true })
  }
}

/** An act of someone new. */
export function act(name: string): Omit<FailoverAct, 'isUnfenced' | 'onProgress'> {
  const context = { newId: randomId, hostname: 'test', user: 'tester', pid: process.pid }
  return {
    name,
    time: systemTime,
    isTakeOver: false,
    actor: actorOf({ ...context, kill: (pid, signal) => process.kill(pid, signal) }),
  }
}
