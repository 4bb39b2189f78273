import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** The runbooks of the package, from src as from dist. */
const shippedFolder = join(import.meta.dirname, '..', '..', '..', 'runbooks')

export async function shippedNames(): Promise<readonly string[]> {
  const names = await readdir(shippedFolder)
  return names.flatMap((name) => (name.endsWith('.yaml') ? [name.slice(0, -'.yaml'.length)] : [])).toSorted()
}

export function fileOfShipped(name: string): string {
  return join(shippedFolder, `${name}.yaml`)
}
