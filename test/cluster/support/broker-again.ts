import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

/** A broker's process as the kernel has it, so that it can be started once more as it was, by none of georep's code. */
export class BrokerAgain {
  readonly #command: readonly string[]
  readonly #env: Readonly<Record<string, string>>

  private constructor(command: readonly string[], env: Readonly<Record<string, string>>) {
    this.#command = command
    this.#env = env
  }

  static of(pid: number): BrokerAgain {
    const texts = (file: string): readonly string[] => readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0').filter((text) => text !== '') // prettier-ignore
    const env = texts('environ').map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)])
    return new BrokerAgain(texts('cmdline'), Object.fromEntries(env) as Record<string, string>)
  }

  /** It is there, on its old log, as long as `work` takes, and then killed. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const [command = '', ...args] = this.#command
    const broker: ChildProcess = spawn(command, args, { env: this.#env, stdio: 'ignore' })
    const gone = once(broker, 'exit')
    try {
      return await Promise.race([work(), gone.then(([code]) => Promise.reject(new Error(`the broker ended with ${String(code)}`)))]) // prettier-ignore
    } finally {
      broker.kill('SIGKILL')
      await gone
    }
  }
}
