import type { Socket } from 'node:net'

/** What is written to a socket in one turn leaves together. */
export class JoinedWrites {
  #isHeld = false

  /** From here on, until the turn is over or it is let go. */
  hold(socket: Socket): void {
    if (this.#isHeld) return
    this.#isHeld = true
    socket.cork()
    setImmediate(() => { this.letGo(socket) }) // prettier-ignore
  }

  letGo(socket: Socket): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    socket.uncork()
  }
}
