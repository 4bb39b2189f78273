import type { Socket } from 'node:net'

/** A request that has no answer for this long: questions that any broker can answer go to another one meanwhile. */
const overdueMs = 1_500
/** What has to come in within a time-out for its answer to be waited for longer: less is no large answer under way, but a broker that drips, or rambles. */
const progressBytes = 16 * 1024

/** Watches that the answers of one connection come. */
export class Answers {
  #overdue = 0
  #waiting = 0

  /** Nothing is waited for. */
  get areAllHere(): boolean {
    return this.#waiting === 0
  }

  /** Some request has waited for its answer for more than a second: the broker may be frozen, or cut off. */
  get isSilent(): boolean {
    return this.#overdue > 0
  }

  /** The answer, or a rejection when next to nothing comes in for the time-out: a large answer takes its time on a long way. */
  async wait<T>(answered: Promise<T>, socket: Pick<Socket, 'bytesRead'> | undefined, timeoutMs: number): Promise<T> {
    let seen = socket?.bytesRead ?? 0
    const late = { is: false }
    this.#waiting++
    /* eslint-disable no-restricted-globals -- for every request there is: a Wait with a signal of its own would cost more than the request */
    const overdue = setTimeout(() => {
      late.is = true
      this.#overdue++
    }, overdueMs)
    let watch: NodeJS.Timeout | undefined
    const stalled = new Promise<never>((_resolve, reject) => {
      watch = setInterval(() => {
        const read = socket?.bytesRead ?? 0
        if (read - seen < progressBytes) reject(new Error(`no answer within ${timeoutMs} ms`))
        seen = read
      }, timeoutMs)
    })
    /* eslint-enable no-restricted-globals */
    try {
      return await Promise.race([answered, stalled])
    } finally {
      clearTimeout(overdue)
      clearInterval(watch)
      if (late.is) this.#overdue--
      this.#waiting--
    }
  }
}
