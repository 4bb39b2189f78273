/** Smaller ones are left to the collector of garbage. */
const leastBytes = 128 * 1024
/** New ones are made in steps, so that one fits the answers that are a little larger, too. */
const stepBytes = 256 * 1024
/** What is kept for answers to come, at the most; nothing when none was large for so long. */
const mostFreeBytes = 64 * 1024 * 1024
const keptMs = 10_000

/**
 * The memory of large answers, which is used again where whoever has one gives it back. Whoever does not leaves it to the collector of garbage, as is always
 * right; but where answers follow each other, memory that is new each time costs more than everything else that is done with them.
 */
export class AnswerBuffers {
  #free: ArrayBufferLike[] = []
  /** Only what was given out from here, and once, is taken back: small buffers of Node share their memory with others. */
  readonly #lent = new WeakSet<ArrayBufferLike>()
  #lastTakenMs = 0

  /** So many bytes, with anything in them. */
  take(size: number): Buffer {
    const nowMs = performance.now()
    if (nowMs - this.#lastTakenMs > keptMs) this.#free = []
    if (size < leastBytes) return Buffer.allocUnsafe(size)
    this.#lastTakenMs = nowMs
    const memory = this.#fitting(size) ?? Buffer.allocUnsafeSlow(Math.ceil(size / stepBytes) * stepBytes).buffer
    this.#lent.add(memory)
    return Buffer.from(memory, 0, size)
  }

  /** Nobody reads the memory of this answer any more: the next one is written into it. What is none is let be. */
  giveBack(memory: ArrayBufferLike): void {
    if (!this.#lent.delete(memory)) return
    const freeBytes = this.#free.reduce((sum, one) => sum + one.byteLength, 0)
    if (freeBytes + memory.byteLength <= mostFreeBytes) this.#free.push(memory)
  }

  /** The smallest that is large enough. */
  #fitting(size: number): ArrayBufferLike | undefined {
    const fitting = this.#free.filter(({ byteLength }) => byteLength >= size)
    const [first] = fitting.toSorted((a, b) => a.byteLength - b.byteLength)
    if (first !== undefined) this.#free = this.#free.filter((one) => one !== first)
    return first
  }
}
