/** Wakes whoever waits. A notice given while nobody waits is kept for the next one. */
export class Notice {
  #wake: (() => void) | undefined
  #isGiven = false

  readonly #onAbort = (): void => {
    this.#wake?.()
  }

  give(): void {
    this.#isGiven = true
    this.#wake?.()
  }

  /** Resolves at the next notice, or when the signal is aborted. */
  async taken(signal: AbortSignal): Promise<void> {
    if (!this.#isGiven && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        signal.addEventListener('abort', this.#onAbort, { once: true })
      })
      signal.removeEventListener('abort', this.#onAbort)
      this.#wake = undefined
    }
    this.#isGiven = false
  }
}
