/** What is to be undone, last first, however the work ends. Node 20 has no AsyncDisposableStack. */
export class Cleanup implements AsyncDisposable {
  readonly #undo: (() => Promise<void> | void)[] = []

  defer(undo: () => Promise<void> | void): void {
    this.#undo.push(undo)
  }

  /** Takes a value in, with the way to end it. */
  adopt<T>(value: T, end: (value: T) => Promise<void> | void): T {
    this.defer(async () => {
      await end(value)
    })
    return value
  }

  /** All of it is undone, also when a part fails; the first failure is thrown then. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = []
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) {
      try {
        await undo()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
