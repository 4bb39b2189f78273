const scratchSize = 1024

/** A request body as a list of buffers. Large payloads are kept by reference, so that a record batch is never copied. */
export class Writer {
  readonly #chunks: Buffer[] = []
  #scratch = Buffer.allocUnsafe(scratchSize)
  #used = 0
  #flushed = 0

  int8(value: number): void {
    this.#room(1)
    this.#used = this.#scratch.writeInt8(value, this.#used)
  }

  int16(value: number): void {
    this.#room(2)
    this.#used = this.#scratch.writeInt16BE(value, this.#used)
  }

  int32(value: number): void {
    this.#room(4)
    this.#used = this.#scratch.writeInt32BE(value, this.#used)
  }

  int64(value: bigint): void {
    this.#room(8)
    const number = Number(value)
    if (Number.isSafeInteger(number)) {
      this.#scratch.writeInt32BE(Math.floor(number / 2 ** 32), this.#used)
      this.#used = this.#scratch.writeUInt32BE(number >>> 0, this.#used + 4)
    } else this.#used = this.#scratch.writeBigInt64BE(value, this.#used)
  }

  unsignedVarint(value: number): void {
    this.#room(5)
    let rest = value >>> 0
    while (rest > 0x7f) {
      this.#scratch[this.#used++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#scratch[this.#used++] = rest
  }

  /** Zigzag, as record fields are written. */
  varint(value: number): void {
    this.unsignedVarint((value << 1) ^ (value >> 31))
  }

  /** Zigzag, 64 bit. */
  varlong(value: bigint): void {
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    this.#room(10)
    while (rest > 0x7fn) {
      this.#scratch[this.#used++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#scratch[this.#used++] = Number(rest)
  }

  /** Small values are copied; large ones are kept by reference and must not change until the request was sent. */
  bytes(value: Buffer): void {
    if (value.length <= scratchSize / 2) {
      this.#room(value.length)
      this.#used += value.copy(this.#scratch, this.#used)
      return
    }
    this.#flush()
    this.#chunks.push(value)
    this.#flushed += value.length
  }

  /** UTF-8, with no length in front of it: that is `Buffer.byteLength`. */
  text(value: string): void {
    if (value === '') return
    const length = Buffer.byteLength(value)
    if (length > scratchSize / 2) {
      this.bytes(Buffer.from(value))
      return
    }
    this.#room(length)
    this.#used += this.#scratch.write(value, this.#used)
  }

  get size(): number {
    return this.#flushed + this.#used
  }

  /** Ends the body. The writer must not be used afterwards. */
  finish(): readonly Buffer[] {
    this.#flush()
    return this.#chunks
  }

  #room(size: number): void {
    if (this.#used + size <= this.#scratch.length) return
    this.#flush()
    this.#scratch = Buffer.allocUnsafe(Math.max(scratchSize, size))
  }

  #flush(): void {
    if (this.#used === 0) return
    this.#chunks.push(this.#scratch.subarray(0, this.#used))
    this.#flushed += this.#used
    this.#scratch = this.#scratch.subarray(this.#used)
    this.#used = 0
  }
}

/** How many bytes `varlong` writes, and `varint` for what fits into 32 bits. */
export function sizeOfVarlong(value: bigint): number {
  let size = 1
  for (let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)); rest > 0x7fn; rest >>= 7n) size++
  return size
}
