import { snappyUncompressor } from 'hysnappy'
import { MalformedError, Reader } from '../../wire/reader.ts'

/** How snappy-java begins a stream, and with it Kafka's own clients and brokers; others store one raw block. */
const framed = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])

/** Version, and the oldest one that can read it. */
const versionBytes = 8

/**
 * Undoes snappy: raw, or in the framing of snappy-java.
 *
 * @throws MalformedError when it is not snappy, or holds more than `limit` bytes
 */
export function unsnapped(stored: Buffer, limit: number): Buffer {
  const undo = snappyUncompressor()
  const reader = new Reader(stored)
  if (!reader.startsWith(framed)) return block(stored, limit, undo)
  reader.bytes(framed.length + versionBytes)
  const blocks: Buffer[] = []
  let left = limit
  while (reader.remaining > 0) {
    const plain = block(reader.bytes(reader.int32()), left, undo)
    blocks.push(plain)
    left -= plain.length
  }
  return Buffer.concat(blocks)
}

/** The length stands in front, and memory is given for as much: it is looked at first. */
function block(stored: Buffer, limit: number, undo: ReturnType<typeof snappyUncompressor>): Buffer {
  const length = new Reader(stored).unsignedVarint()
  if (length > limit) throw new MalformedError(`snappy says to hold ${length} bytes, more than the ${limit} allowed`)
  const plain = undo(stored, length)
  return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength)
}
