import { MalformedError, Reader } from '../../wire/reader.ts'

const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
const maxBlockBytes = 128 * 1024
const checksumBytes = 4
const blockTypes = { raw: 0, repeated: 1, compressed: 2 } as const

type Decode = (frame: Uint8Array, capacityBytes: number) => Uint8Array
let decode: Decode | undefined

/** zstd's own decoder, for WebAssembly. Loaded where there is something for it: that takes as long as everything else a command loads. */
export async function loadZstd(): Promise<void> {
  if (decode !== undefined) return
  const { ZSTDDecoder } = await import('zstddec')
  const decoder = new ZSTDDecoder()
  await decoder.init()
  decode = (frame, capacityBytes) => decoder.decode(frame, capacityBytes)
}

/**
 * Undoes zstd, after `loadZstd`. Frames need not tell how much they hold, and the decoder is given room before it begins: the headers of a frame's blocks
 * are read and added up first.
 *
 * @throws MalformedError when it is not zstd, is cut, or may hold more than `limit` bytes
 */
export function unzstd(stored: Buffer, limit: number): Buffer {
  if (decode === undefined) throw new TypeError('the decoder of zstd is not loaded')
  const reader = new Reader(stored)
  const plain: Uint8Array[] = []
  let left = limit
  while (reader.remaining > 0) {
    const from = stored.length - reader.remaining
    const { contentBytes, mostBytes } = frameAhead(reader, left)
    if (mostBytes === 0) continue
    const bytes = decode(stored.subarray(from, stored.length - reader.remaining), Math.min(contentBytes ?? mostBytes, left)) // prettier-ignore
    // The decoder has no other way to say that it could not, but a frame of blocks that hold nothing.
    if (bytes.length === 0) throw new MalformedError('a zstd frame that cannot be undone')
    if (contentBytes !== undefined && contentBytes !== bytes.length) {
      throw new MalformedError(`a zstd frame of ${contentBytes} bytes holds ${bytes.length}`)
    }
    plain.push(bytes)
    left -= bytes.length
  }
  return Buffer.concat(plain)
}

/** Reads over one frame, RFC 8878. */
function frameAhead(
  reader: Reader,
  limit: number,
): { readonly contentBytes: number | undefined; readonly mostBytes: number } {
  if (!reader.startsWith(magic)) throw new MalformedError('a zstd frame does not begin as one')
  reader.bytes(magic.length)
  const descriptor = reader.bytes(1).readUInt8()
  if ((descriptor & 0x0b) !== 0)
    throw new MalformedError('a zstd frame needs a dictionary, or is from later than RFC 8878')
  const isOneSegment = (descriptor & 0x20) !== 0
  // How far back a block may reach does not matter to who has room for all of them.
  if (!isOneSegment) reader.bytes(1)
  const contentBytes = contentSize(descriptor >> 6, isOneSegment, reader)
  if ((contentBytes ?? 0) > limit) throw tooMuch(limit)
  let mostBytes = 0
  for (let isLast = false; !isLast;) {
    const header = reader.bytes(3).readUIntLE(0, 3)
    isLast = (header & 1) === 1
    const type = (header >> 1) & 3
    const size = header >> 3
    if (size > maxBlockBytes) throw new MalformedError(`a zstd block of ${size} bytes`)
    if (type > blockTypes.compressed) throw new MalformedError('a zstd block of a type that there is not')
    reader.bytes(type === blockTypes.repeated ? 1 : size)
    mostBytes += type === blockTypes.compressed ? maxBlockBytes : size
    // The last block may be short, and its header does not tell by how much.
    if (mostBytes - (isLast ? maxBlockBytes : 0) > limit) throw tooMuch(limit)
  }
  if ((descriptor & 0x04) !== 0) reader.bytes(checksumBytes)
  return { contentBytes, mostBytes }
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
