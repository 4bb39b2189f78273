import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { expectDocument } from '../../support/published.ts'
import { eventually } from './observe.ts'
import { launcher } from './sandbox.ts'

/** Starts georep, as npm would install it, in a process of its own. */
export function startGeorep(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, [launcher(), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
}

/** Whether it sleeps, runs or is stopped, what it waits for in the kernel and the CPU time it took, in hundredths of a second: for what should not happen. */
function processState(pid: number): string {
  const proc = (name: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${name}`, 'utf8').trim()
    } catch {
      return 'not there'
    }
  }
  const stat = proc('stat')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return `${fields[0] ?? ''} in ${proc('wchan')}, CPU ${fields[11] ?? '?'} + ${fields[12] ?? '?'}`
}

/** Resolves when the kernel runs none of its threads any more. */
export async function untilFrozen(pid: number): Promise<void> {
  await eventually(`process ${pid} is frozen`, () => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Promise.resolve(stat.slice(stat.lastIndexOf(')') + 2).startsWith('T'))
  })
}

export interface RunnerOptions {
  readonly groupsInterval?: string
  /** What it says when it has started; `is running` by default. */
  readonly until?: string
  readonly more?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Status and body of a page that a runner serves, once it has said where. */
export async function pageOf(runner: Pick<Runner, 'lines'>, path: string): Promise<readonly [number, string]> {
  const url = /http:\/\/[\w.:[\]]+/.exec(runner.lines.find((line) => line.includes('/metrics')) ?? '')?.[0]
  const answer = await fetch(`${url ?? ''}${path}`, { signal: AbortSignal.timeout(5_000) })
  const body = await answer.text()
  if (answer.headers.get('content-type')?.includes('json') === true) expectDocument(body, path)
  return [answer.status, body]
}

/** A `georep link run` that can be killed and frozen. */
export class Runner {
  /** What it has said on stderr. */
  readonly lines: string[] = []
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #hasEnded = false

  private constructor(child: ChildProcess) {
    this.#child = child
    // Not when it exits: what it has said last comes after that.
    this.#ended = once(child, 'close').finally(() => (this.#hasEnded = true))
    createInterface({ input: child.stderr! }).on('line', (line) => this.lines.push(line))
    child.stdout?.resume()
  }

  static async start(
    link: { readonly name: string; readonly configFile: string },
    { groupsInterval = '500ms', until = 'is running', more = [], env = {} }: RunnerOptions,
  ): Promise<Runner> {
    const args = ['link', 'run', link.name, '--config', link.configFile, '--groups-interval', groupsInterval]
    const runner = new Runner(startGeorep([...args, ...more], env))
    await runner.says(until)
    return runner
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get exitCode(): number | null {
    return this.#child.exitCode
  }

  async says(text: string, timeoutMs = 60_000): Promise<void> {
    const isSaid = (): boolean => this.lines.some((line) => line.includes(text))
    await eventually(`the runner says "${text}"`, () => Promise.resolve(isSaid() || this.#hasEnded), timeoutMs).catch(
      (error: unknown) => {
        throw new Error(`it said:\n${this.lines.join('\n')}\nand is ${processState(this.pid)}`, { cause: error })
      },
    )
    const { exitCode, signalCode } = this.#child
    if (!isSaid()) throw new Error(`the runner ended with ${String(exitCode ?? signalCode)}:\n${this.lines.join('\n')}`)
  }

  /** SIGSTOP; resolves when it is frozen. */
  async freeze(): Promise<void> {
    this.#child.kill('SIGSTOP')
    await this.frozen()
  }

  async frozen(): Promise<void> {
    await untilFrozen(this.pid)
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  /** SIGTERM, and the exit code with which it ends. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM')
    await this.#ended
    return this.exitCode
  }
}
