import { Decompress } from 'fzstd'
import { MalformedError, Reader } from '../../wire/reader.ts'

const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
const maxBlockBytes = 128 * 1024
/** What zstd's own decoder accepts unless it is told otherwise, and what its highest level makes. */
const maxWindowBytes = 128 * 1024 * 1024
/** The decoder moves its window on by every block. Far more than real batches make it move, and some seconds of work. */
const maxMovedBytes = 32 * 1024 ** 3
const checksumBytes = 4
const blockTypes = { raw: 0, repeated: 1, compressed: 2 } as const

/**
 * Undoes zstd. The decoder takes what a frame says of itself on trust, so all headers are read and added up before it is given any.
 *
 * @throws MalformedError when it is not zstd, is cut, or may hold more than `limit` bytes
 */
export function unzstd(stored: Buffer, limit: number): Buffer {
  const reader = new Reader(stored)
  const plain: Uint8Array[] = []
  let left = limit
  while (reader.remaining > 0) {
    const from = stored.length - reader.remaining
    const frame = frameAhead(reader, left)
    let length = 0
    const decoder = new Decompress((bytes) => {
      plain.push(bytes)
      length += bytes.length
    })
    decoder.push(stored.subarray(from, stored.length - reader.remaining), true)
    if (frame.contentBytes !== undefined && frame.contentBytes !== length) {
      throw new MalformedError(`a zstd frame of ${frame.contentBytes} bytes holds ${length}`)
    }
    left -= length
  }
  return Buffer.concat(plain)
}

/** Reads over one frame, RFC 8878. */
function frameAhead(reader: Reader, limit: number): { readonly contentBytes: number | undefined } {
  if (!reader.startsWith(magic)) throw new MalformedError('a zstd frame does not begin as one')
  reader.bytes(magic.length)
  const descriptor = reader.bytes(1).readUInt8()
  if ((descriptor & 0x0b) !== 0)
    throw new MalformedError('a zstd frame needs a dictionary, or is from later than RFC 8878')
  const isOneSegment = (descriptor & 0x20) !== 0
  const window = isOneSegment ? undefined : windowOf(reader.bytes(1).readUInt8())
  const contentBytes = contentSize(descriptor >> 6, isOneSegment, reader)
  const windowBytes = window ?? contentBytes ?? 0
  if (windowBytes > maxWindowBytes) throw new MalformedError(`a zstd frame with a window of ${windowBytes} bytes`)
  if ((contentBytes ?? 0) > limit) throw tooMuch(limit)
  let mostBytes = 0
  let movedBytes = 0
  for (let isLast = false; !isLast;) {
    const header = reader.bytes(3).readUIntLE(0, 3)
    isLast = (header & 1) === 1
    const type = (header >> 1) & 3
    const size = header >> 3
    if (size > maxBlockBytes) throw new MalformedError(`a zstd block of ${size} bytes`)
    if (type > blockTypes.compressed) throw new MalformedError('a zstd block of a type that there is not')
    reader.bytes(type === blockTypes.repeated ? 1 : size)
    mostBytes += type === blockTypes.compressed ? maxBlockBytes : size
    movedBytes += Math.max(windowBytes, maxBlockBytes)
    // The last block may be short, and its header does not tell by how much.
    if (mostBytes - (isLast ? maxBlockBytes : 0) > limit || movedBytes > maxMovedBytes) throw tooMuch(limit)
  }
  if ((descriptor & 0x04) !== 0) reader.bytes(checksumBytes)
  return { contentBytes }
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function contentSize(flag: number, isOneSegment: boolean, reader: Reader): number | undefined {
  if (flag === 0) return isOneSegment ? reader.bytes(1).readUInt8() : undefined
  if (flag === 1) return reader.bytes(2).readUInt16LE() + 256
  if (flag === 2) return reader.bytes(4).readUInt32LE()
  return Number(reader.bytes(8).readBigUInt64LE())
}

function tooMuch(limit: number): MalformedError {
  return new MalformedError(`zstd may hold more than the ${limit} bytes allowed`)
}
