import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** The file in a sandbox's folder by which its WAN is told to become another. */
export const shapeOrder = 'wan.order'

const schema = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+$/),
  roundTripMs: z.number().nonnegative(),
  bytesPerSecond: z.number().positive().optional(),
})

/** The WAN says the id when it has become that. */
export type ShapeOrder = z.infer<typeof schema>

/** Undefined when there is none. @throws for a file that is no order */
export async function readOrder(folder: string): Promise<ShapeOrder | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(join(folder, shapeOrder), 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

export async function writeOrder(folder: string, order: ShapeOrder): Promise<void> {
  const draft = join(folder, `${shapeOrder}.tmp`)
  await writeFile(draft, JSON.stringify(order), { mode: 0o600 })
  await rename(draft, join(folder, shapeOrder))
}
