/** The bytes are not what the protocol allows: a bug, a damaged log, or something that is not a broker. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError'
}

/** The upper half of a number of at most 53 bits. */
function isSmall(high: number): boolean {
  return -(2 ** 21) <= high && high < 2 ** 21
}

/** Reads what a server sent. Every read is checked against the end: a wrong length raises `MalformedError`, never a wrong value. */
export class Reader {
  readonly #buffer: Buffer
  #at = 0

  constructor(buffer: Buffer) {
    this.#buffer = buffer
  }

  get remaining(): number {
    return this.#buffer.length - this.#at
  }

  startsWith(bytes: Buffer): boolean {
    return this.#buffer.subarray(this.#at, this.#at + bytes.length).equals(bytes)
  }

  int8(): number {
    return (this.#byte() << 24) >> 24
  }

  int16(): number {
    const at = this.#take(2)
    return ((this.#at8(at) << 24) >> 16) | this.#at8(at + 1)
  }

  int32(): number {
    return this.#at32(this.#take(4))
  }

  int64(): bigint {
    const at = this.#take(8)
    const high = this.#at32(at)
    const low = this.#at32(at + 4) >>> 0
    // What a number can hold is made in one step; readBigInt64BE makes four bigints of any.
    return isSmall(high) ? BigInt(high * 2 ** 32 + low) : (BigInt(high) << 32n) | BigInt(low)
  }

  unsignedVarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte()
      if (byte < 0x80) return (value | (byte << shift)) >>> 0
      value |= (byte & 0x7f) << shift
    }
    throw new MalformedError('a varint is longer than 5 bytes')
  }

  varint(): number {
    const raw = this.unsignedVarint()
    return (raw >>> 1) ^ -(raw & 1)
  }

  varlong(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) {
        const raw = BigInt.asUintN(64, value)
        return (raw >> 1n) ^ -(raw & 1n)
      }
    }
    throw new MalformedError('a varlong is longer than 10 bytes')
  }

  /** A view on the received buffer, not a copy. */
  bytes(length: number): Buffer {
    if (length < 0) throw new MalformedError(`a length is ${length}`)
    const start = this.#take(length)
    return this.#buffer.subarray(start, start + length)
  }

  /** UTF-8, as it stands in so many bytes. */
  text(length: number): string {
    if (length < 0) throw new MalformedError(`a length is ${length}`)
    const start = this.#take(length)
    return length === 0 ? '' : this.#buffer.toString('utf8', start, start + length)
  }

  #byte(): number {
    return this.#at8(this.#take(1))
  }

  #at8(at: number): number {
    return this.#buffer[at] as number
  }

  #at32(at: number): number {
    return (this.#at8(at) << 24) | (this.#at8(at + 1) << 16) | (this.#at8(at + 2) << 8) | this.#at8(at + 3)
  }

  #take(size: number): number {
    if (this.remaining < size) {
      throw new MalformedError(`${size} bytes are expected at ${this.#at}, ${this.remaining} are left`)
    }
    const start = this.#at
    this.#at += size
    return start
  }
}
