/* eslint-disable no-restricted-globals -- a timer for every piece, none of which anybody waits for */
import type { Socket } from 'node:net'
import type { Monotonic } from '../../core/time.ts'

/** Sent at once as long as the line is free no later than this: a timer is no finer. */
const aheadMs = 2

export interface LineShape {
  readonly delayMs: number
  /** Undefined for no limit. */
  readonly bytesPerSecond: number | undefined
}

/** One direction of the network between two regions: everything in it shares the rate, in turn, and is as long under way. */
export class Line {
  #delayMs = 0
  #bytesPerMs = Infinity
  readonly #monotonic: Monotonic
  /** Those that have bytes to send, in the order of their turns. */
  readonly #waiting = new Set<Flow>()
  #freeAtMs = 0
  #timer: NodeJS.Timeout | undefined

  constructor({ monotonic, ...shape }: LineShape & { readonly monotonic: Monotonic }) {
    this.#monotonic = monotonic
    this.reshape(shape)
  }

  get delayMs(): number {
    return this.#delayMs
  }

  /** For what leaves from now on; what is under way arrives when it was to arrive. */
  reshape({ delayMs, bytesPerSecond }: LineShape): void {
    this.#delayMs = delayMs
    this.#bytesPerMs = (bytesPerSecond ?? Infinity) / 1_000
    this.#freeAtMs = 0
    clearTimeout(this.#timer)
    this.#serve()
  }

  /** What a connection may have under way, as the windows of a well set up host allow: twice what the line holds, and a floor. */
  get windowBytes(): number {
    const held = Number.isFinite(this.#bytesPerMs) ? 2 * this.#delayMs * 2 * this.#bytesPerMs : Infinity
    return Math.min(32 * 1024 * 1024, Math.max(1024 * 1024, held))
  }

  /** Has bytes to send: gets a turn, and another as long as it has more. */
  ask(flow: Flow): void {
    this.#waiting.add(flow)
    if (this.#timer === undefined) this.#serve()
  }

  #serve(): void {
    this.#timer = undefined
    for (const flow of this.#waiting) {
      const now = this.#monotonic()
      if (this.#freeAtMs > now + aheadMs) {
        this.#timer = setTimeout(() => { this.#serve() }, this.#freeAtMs - now - 1) // prettier-ignore
        return
      }
      this.#waiting.delete(flow)
      const bytes = flow.leave(Math.max(now, this.#freeAtMs), (size) => size / this.#bytesPerMs)
      this.#freeAtMs = Math.max(now, this.#freeAtMs) + bytes / this.#bytesPerMs
      // To the back, so that one connection full of data does not hold up the others.
      if (flow.isWaiting) this.#waiting.add(flow)
    }
  }
}

/** What came out of a socket: bytes, its end, or that it was broken off. */
type Piece = Buffer | 'end' | 'reset'

/** What goes from one socket to another over a line, in order. */
export class Flow {
  readonly #from: Socket
  readonly #to: Socket
  readonly #line: Line
  readonly #monotonic: Monotonic
  readonly #notBeforeMs: number
  readonly #waiting: Piece[] = []
  readonly #underWay: { readonly piece: Piece; readonly arrivesAtMs: number }[] = []
  #bytes = 0
  #timer: NodeJS.Timeout | undefined
  #isBlocked = false
  #hasEnded = false

  /** @param notBeforeMs the first byte arrives no earlier: the connection has to be made first */
  constructor(
    from: Socket,
    to: Socket,
    line: Line,
    { monotonic, notBeforeMs }: { readonly monotonic: Monotonic; readonly notBeforeMs: number },
  ) {
    this.#from = from
    this.#to = to
    this.#line = line
    this.#monotonic = monotonic
    this.#notBeforeMs = notBeforeMs
    from.on('data', (chunk: Buffer) => { this.#take(chunk) }) // prettier-ignore
    from.once('end', () => { this.#take('end') }) // prettier-ignore
    from.on('error', () => { this.#take('reset') }) // prettier-ignore
    to.on('drain', () => {
      this.#isBlocked = false
      this.#deliver()
    })
    to.once('close', () => { this.#drop() }) // prettier-ignore
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0
  }

  /** The next piece leaves at `atMs`, and takes as long to leave as its size asks for. Returns its size. */
  leave(atMs: number, lastsMs: (bytes: number) => number): number {
    const piece = this.#waiting.shift()
    if (piece === undefined) return 0
    const bytes = sizeOf(piece)
    const arrivesAtMs = Math.max(this.#notBeforeMs, atMs + lastsMs(bytes) + this.#line.delayMs)
    this.#underWay.push({ piece, arrivesAtMs })
    if (this.#timer === undefined) this.#deliver()
    return bytes
  }

  #take(piece: Piece): void {
    if (this.#hasEnded || this.#to.destroyed) return
    this.#hasEnded = piece === 'reset'
    this.#bytes += sizeOf(piece)
    this.#waiting.push(piece)
    this.#line.ask(this)
    if (this.#bytes >= this.#line.windowBytes) this.#from.pause()
  }

  #deliver(): void {
    this.#timer = undefined
    while (!this.#isBlocked && !this.#to.destroyed) {
      const [next] = this.#underWay
      if (next === undefined) return
      const inMs = next.arrivesAtMs - this.#monotonic()
      if (inMs > 0.5) {
        this.#timer = setTimeout(() => { this.#deliver() }, inMs) // prettier-ignore
        return
      }
      this.#underWay.shift()
      this.#arrive(next.piece)
    }
  }

  #arrive(piece: Piece): void {
    if (piece === 'reset') this.#to.resetAndDestroy()
    else if (piece === 'end') this.#to.end()
    else {
      this.#isBlocked = !this.#to.write(piece)
      this.#bytes -= piece.length
      if (this.#bytes < this.#line.windowBytes && !this.#from.destroyed) this.#from.resume()
    }
  }

  /** Nobody is there any more to receive it. */
  #drop(): void {
    clearTimeout(this.#timer)
    this.#waiting.length = 0
    this.#underWay.length = 0
  }
}

function sizeOf(piece: Piece): number {
  return typeof piece === 'string' ? 0 : piece.length
}
