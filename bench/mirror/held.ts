/** The most that runners say they hold: fetched and not acknowledged. */
export class Held {
  mb = 0
  #page: string | undefined

  constructor() {
    setInterval(() => {
      void this.#look()
    }, 200).unref()
  }

  /** From where it is to be read, from now on. */
  read(page: string | undefined): void {
    this.#page = page ?? this.#page
  }

  async #look(): Promise<void> {
    if (this.#page === undefined) return
    const text = await fetch(this.#page)
      .then(async (answer) => await answer.text())
      .catch(() => '') // It has ended, or is busy.
    const bytes = Number(/^georep_runner_held_bytes.* (\d+)$/m.exec(text)?.[1] ?? 0)
    this.mb = Math.max(this.mb, Math.round(bytes / 1e5) / 10)
  }
}
