import { gunzipSync } from 'node:zlib'
import { messageOf } from '../../../core/errors.ts'
import { MalformedError } from '../../wire/reader.ts'
import type { Batch, Compression } from '../batch.ts'
import { unlz4 } from './lz4.ts'
import { unsnapped } from './snappy.ts'
import { loadZstd, unzstd } from './zstd.ts'

/** Far above what a broker accepts by default (1 MiB), and far below what would hurt. */
const maxPlainBytes = 256 * 1024 * 1024

const undo: Readonly<Record<Exclude<Compression, 'none'>, (stored: Buffer, limit: number) => Buffer>> = {
  gzip: (stored, limit) => gunzipSync(stored, { maxOutputLength: limit }),
  snappy: unsnapped,
  lz4: unlz4,
  zstd: unzstd,
}

/** What undoing these batches needs beyond what is loaded: to be called before `plainBytes` is. */
export async function loadCodecs(batches: readonly Pick<Batch, 'compression'>[]): Promise<void> {
  if (batches.some(({ compression }) => compression === 'zstd')) await loadZstd()
}

/**
 * What was compressed. The bytes are somebody else's: what they may grow to is bounded before memory is given for it.
 *
 * @throws MalformedError when the codec did not make them, or they hold more than `limit` bytes
 */
export function plainBytes(stored: Buffer, codec: Compression, limit = maxPlainBytes): Buffer {
  if (codec === 'none') return stored
  try {
    return undo[codec](stored, limit)
  } catch (error) {
    throw new MalformedError(`records are not ${codec}: ${messageOf(error)}`, { cause: error })
  }
}
