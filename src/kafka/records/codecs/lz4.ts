import { MalformedError, Reader } from '../../wire/reader.ts'

// The LZ4 frame format, which Kafka stores. Frames have checksums of their own: a batch has one over all its bytes, so they are passed over.

const magic = Buffer.from([0x04, 0x22, 0x4d, 0x18])
const versionBits = 0b1100_0000
const version = 0b0100_0000
const flags = { independent: 0x20, blockChecksum: 0x10, contentSize: 0x08, contentChecksum: 0x04, dictionary: 0x01 }
const checksumBytes = 4
/** The highest bit of a block's length: it is stored as it is. */
const storedBit = 0x8000_0000
const minMatch = 4

/**
 * Undoes one LZ4 frame.
 *
 * @throws MalformedError when it is none, is cut, or holds more than `limit` bytes
 */
export function unlz4(stored: Buffer, limit: number): Buffer {
  const reader = new Reader(stored)
  if (!reader.startsWith(magic)) throw new MalformedError('an LZ4 frame does not begin as one')
  reader.bytes(magic.length)
  const flag = reader.bytes(1).readUInt8()
  if ((flag & versionBits) !== version) throw new MalformedError('an LZ4 frame of another version')
  if ((flag & flags.dictionary) !== 0) throw new MalformedError('an LZ4 frame needs a dictionary')
  const blockLimit = blockLimitOf(reader.bytes(1).readUInt8())
  if ((flag & flags.contentSize) !== 0) reader.bytes(8)
  reader.bytes(1)
  const plain = new Output(limit)
  for (;;) {
    const length = reader.bytes(4).readUInt32LE()
    if (length === 0) break
    const bytes = reader.bytes(length % storedBit)
    const from = plain.length
    if (length >= storedBit) plain.append(bytes)
    else undoBlock(bytes, plain, (flag & flags.independent) === 0 ? 0 : from, from + blockLimit)
    if (plain.length - from > blockLimit) throw new MalformedError(`an LZ4 block holds more than ${blockLimit} bytes`)
    if ((flag & flags.blockChecksum) !== 0) reader.bytes(checksumBytes)
  }
  if ((flag & flags.contentChecksum) !== 0) reader.bytes(checksumBytes)
  if (reader.remaining > 0) throw new MalformedError(`${reader.remaining} bytes behind an LZ4 frame`)
  return plain.bytes()
}

/** 64 KiB, 256 KiB, 1 MiB or 4 MiB. */
function blockLimitOf(descriptor: number): number {
  const size = (descriptor >> 4) & 7
  if (size < 4) throw new MalformedError(`an LZ4 frame has blocks of the size ${size}`)
  return 2 ** (8 + 2 * size)
}

/** Sequences of literals and a match, the last one of literals alone. Matches reach back to `earliest`. */
function undoBlock(bytes: Buffer, plain: Output, earliest: number, end: number): void {
  const reader = new Reader(bytes)
  for (;;) {
    const token = reader.bytes(1).readUInt8()
    plain.append(reader.bytes(lengthOf(token >> 4, reader)))
    if (reader.remaining === 0) return
    const distance = reader.bytes(2).readUInt16LE()
    const length = lengthOf(token & 15, reader) + minMatch
    if (distance === 0 || plain.length - distance < earliest) throw new MalformedError('an LZ4 match from before the start') // prettier-ignore
    if (plain.length + length > end) throw new MalformedError(`an LZ4 block goes on behind its end`)
    plain.repeat(distance, length)
  }
}

/** Fifteen goes on in the bytes that follow, up to one that is not 255. */
function lengthOf(nibble: number, reader: Reader): number {
  if (nibble < 15) return nibble
  for (let length = nibble; ;) {
    const byte = reader.bytes(1).readUInt8()
    length += byte
    if (byte < 255) return length
  }
}

/** Grows with what is written, never by what is announced. */
class Output {
  readonly #limit: number
  #buffer = Buffer.alloc(64 * 1024)
  #length = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get length(): number {
    return this.#length
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  append(bytes: Buffer): void {
    const at = this.#take(bytes.length)
    bytes.copy(this.#buffer, at)
  }

  /** Writes again what stands `distance` bytes before; what is being written may be part of it. */
  repeat(distance: number, length: number): void {
    const at = this.#take(length)
    const from = at - distance
    if (distance >= length) this.#buffer.copyWithin(at, from, from + length)
    else this.#buffer.fill(this.#buffer.subarray(from, at), at, at + length)
  }

  #take(length: number): number {
    const at = this.#length
    const needed = at + length
    if (needed > this.#limit) throw new MalformedError(`LZ4 holds more than the ${this.#limit} bytes allowed`)
    if (needed > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(needed, 2 * this.#buffer.length))
      this.#buffer.copy(larger, 0, 0, at)
      this.#buffer = larger
    }
    this.#length = needed
    return at
  }
}
