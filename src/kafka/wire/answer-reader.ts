import type { OnReadOpts } from 'node:net'
import type { AnswerBuffers } from './answer-buffers.ts'
import { MalformedError } from './reader.ts'

/** More than a broker sends for what georep asks. A server that is none may claim up to 2 GiB. */
const maxAnswerBytes = 128 * 1024 * 1024
const sizeBytes = 4
/** Small answers are read several at once. */
const sharedBytes = 32 * 1024

/**
 * Cuts what comes in on a connection into answers, Kafka protocol guide: four bytes that say how many follow, and these. The bytes of a large one are read to
 * where they stay.
 */
export class AnswerReader implements OnReadOpts {
  readonly #buffers: AnswerBuffers
  readonly #onAnswer: (answer: Buffer) => void
  readonly #onMalformed: (error: MalformedError, start: Buffer) => void
  readonly #shared = Buffer.allocUnsafeSlow(sharedBytes)
  readonly #size = Buffer.allocUnsafe(sizeBytes)
  /** The answer that comes in, its size included, and how much of it is here; while its size is not, just that. */
  #answer: Buffer = this.#size
  #filled = 0
  #isMalformed = false

  /**
   * @param options.onAnswer gets each answer, its size included
   * @param options.onMalformed is told that these are none, with the first bytes; what comes behind is passed over
   */
  constructor(options: {
    readonly buffers: AnswerBuffers
    readonly onAnswer: (answer: Buffer) => void
    readonly onMalformed: (error: MalformedError, start: Buffer) => void
  }) {
    this.#buffers = options.buffers
    this.#onAnswer = options.onAnswer
    this.#onMalformed = options.onMalformed
  }

  /** Where the socket is to put what comes in next. */
  readonly buffer = (): Buffer => (this.#isReadInPlace ? this.#answer.subarray(this.#filled) : this.#shared)

  /** So many bytes are there. */
  readonly callback = (count: number): boolean => {
    if (this.#isReadInPlace) this.#fill(count)
    else for (let at = 0; at < count && !this.#isMalformed;) at += this.#copy(this.#shared.subarray(at, count))
    return true
  }

  get #isReadInPlace(): boolean {
    return this.#answer.length - this.#filled > sharedBytes
  }

  #copy(bytes: Buffer): number {
    const count = bytes.copy(this.#answer, this.#filled)
    this.#fill(count)
    return count
  }

  #fill(count: number): void {
    this.#filled += count
    if (this.#filled < this.#answer.length) return
    const full = this.#answer
    if (full !== this.#size) {
      this.#begin(this.#size)
      this.#onAnswer(full)
      return
    }
    const size = full.readInt32BE()
    // The number of the request that it belongs to is the least.
    if (size < 4 || size > maxAnswerBytes) {
      this.#isMalformed = true
      this.#onMalformed(new MalformedError(`an answer of ${size} bytes`), full)
      return
    }
    this.#begin(this.#buffers.take(sizeBytes + size))
    this.#copy(full)
  }

  #begin(answer: Buffer): void {
    this.#answer = answer
    this.#filled = 0
  }
}
