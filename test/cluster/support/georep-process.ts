import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expectPublished } from '../../support/published.ts'
import { eventually } from './eventually.ts'
import { launcher } from './sandbox.ts'

export interface Ended {
  /** Null when a signal has ended it. */
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface ProcessOptions {
  readonly cwd?: string
  /** Beside the environment of the tests; what is undefined is taken from it. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** georep as npm would install it, in a process of its own: what it says, whether it has ended, and signals to it. */
export class GeorepProcess {
  /** Once it has ended, and what it has said last is here. */
  readonly ended: Promise<Ended>
  out = ''
  err = ''
  readonly #child: ChildProcess
  #hasEnded = false
  readonly #looks = new Set<() => void>()

  constructor(argv: readonly string[], { cwd, env }: ProcessOptions = {}) {
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe']
    const child = spawn(process.execPath, [launcher(), ...argv], { cwd, env: { ...process.env, ...env }, stdio })
    this.#child = child
    const look = (): void => { for (const one of this.#looks) one() } // prettier-ignore
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.err += text
      look()
    })
    // Not when it exits: what it has said last comes after that.
    this.ended = once(child, 'close').then(() => {
      this.#hasEnded = true
      look()
      expectPublished(argv, this.out)
      return { code: child.exitCode, out: this.out, err: this.err }
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** The whole lines of stderr so far. */
  get lines(): readonly string[] {
    return this.err.split('\n').slice(0, -1)
  }

  /** Resolves in the turn in which it says that on stderr. @throws when it ends before, or says nothing of it in time */
  async says(text: string, timeoutMs = 200_000): Promise<void> {
    let look = (): void => undefined
    let timer: NodeJS.Timeout | undefined
    const said = new Promise<void>((resolve, reject) => {
      const silent = (how: string): void => { reject(new Error(`georep ${how}, and has not said "${text}" but:\n${this.err}`)) } // prettier-ignore
      look = () => {
        if (this.err.includes(text)) resolve()
        else if (this.#hasEnded) silent(`ended with ${String(this.#child.exitCode ?? this.#child.signalCode)}`)
      }
      timer = setTimeout(() => { silent(`is ${processState(this.pid)}`) }, timeoutMs) // prettier-ignore
    })
    this.#looks.add(look)
    look()
    await said.finally(() => {
      clearTimeout(timer)
      this.#looks.delete(look)
    })
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves when the kernel runs none of its threads any more. */
  async frozen(): Promise<void> {
    await eventually(`process ${this.pid} is frozen`, () => {
      const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8')
      return Promise.resolve(stat.slice(stat.lastIndexOf(')') + 2).startsWith('T'))
    }).catch((cause: unknown) => {
      throw new Error(`it is not frozen: ${this.err}`, { cause })
    })
  }

  /** It has given itself SIGKILL, as its environment says: see signalled.ts. */
  async killed(): Promise<void> {
    const { code, err } = await this.ended
    if (this.#child.signalCode !== 'SIGKILL') throw new Error(`it ended with ${String(code)}: ${err}`)
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.ended
  }
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
