import type { Socket } from 'node:net'

/** A request that has no answer for this long: questions that any broker can answer go to another one meanwhile. */
const overdueMs = 1_500
/** What has to come in within a time-out for its answer to be waited for longer: less is no large answer under way, but a broker that drips, or rambles. */
const progressBytes = 16 * 1024

/** Watches that the answers of one connection come. */
export class Answers {
  /** In the order in which they were sent. */
  readonly #waiting = new Set<{ readonly sinceMs: number }>()

  /** Nothing is waited for. */
  get areAllHere(): boolean {
    return this.#waiting.size === 0
  }

  /** Some request has waited for its answer for more than a second: the broker may be frozen, or cut off. */
  get isSilent(): boolean {
    const [oldest] = this.#waiting
    return oldest !== undefined && performance.now() - oldest.sinceMs > overdueMs
  }

  /** The answer, or a rejection when next to nothing comes in for the time-out: a large answer takes its time on a long way. */
  async wait<T>(answered: Promise<T>, socket: Pick<Socket, 'bytesRead'> | undefined, timeoutMs: number): Promise<T> {
    const waiting = { sinceMs: performance.now() }
    this.#waiting.add(waiting)
    let seen = socket?.bytesRead ?? 0
    return await new Promise<T>((resolve, reject) => {
      const over = (): void => {
        clearInterval(watch)
        this.#waiting.delete(waiting)
      }
      // eslint-disable-next-line no-restricted-globals -- for every request there is: a Wait with a signal of its own would cost more than the request
      const watch = setInterval(() => {
        const read = socket?.bytesRead ?? 0
        if (read - seen < progressBytes) {
          over()
          reject(new Error(`no answer within ${timeoutMs} ms`))
        }
        seen = read
      }, timeoutMs)
      answered.then(over, over)
      answered.then(resolve, reject)
    })
  }
}
