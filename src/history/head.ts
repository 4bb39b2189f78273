import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../core/errors.ts'
import { isHash, isRunId, textOf } from './record.ts'
import { writeWhole, type WriteDeps } from './write.ts'

/** The end of the chain. No record names the newest one by its hash, so a file of its own does: else its loss would not show. */
export interface Head {
  readonly id: string
  readonly hash: string
}

export type ReadHead =
  | { readonly kind: 'head'; readonly head: Head }
  /** A folder that nothing was saved to yet, or one that only the records were copied into. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly why: string }

export const headFileName = 'head.json'
const schema = 'georep.run-head/1'

export async function readHead(folder: string): Promise<ReadHead> {
  let text: string
  try {
    text = await readFile(join(folder, headFileName), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'none' }
    return { kind: 'unreadable', why: messageOf(error) }
  }
  try {
    const head = headFrom(JSON.parse(text))
    return head === undefined ? { kind: 'unreadable', why: 'not the end of a chain' } : { kind: 'head', head }
  } catch {
    return { kind: 'unreadable', why: 'not JSON' }
  }
}

/** After the record itself is there: a crash between the two leaves a head that is one record behind, which is no break. */
export async function writeHead(folder: string, { id, hash }: Head, deps: WriteDeps): Promise<void> {
  await writeWhole(folder, headFileName, textOf({ schema, id, hash }), deps)
}

export function headFrom(value: unknown): Head | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { id, hash } = value as Record<string, unknown>
  return typeof id === 'string' && isRunId(id) && isHash(hash) ? { id, hash } : undefined
}
