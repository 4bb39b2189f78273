import { MalformedError } from '../wire/reader.ts'
import { OldFormatError } from './batch.ts'
import { CompressedError } from './record.ts'

/** What a log holds that cannot be read. */
export function isUnreadable(error: unknown): error is Error {
  return error instanceof OldFormatError || error instanceof MalformedError || error instanceof CompressedError
}
