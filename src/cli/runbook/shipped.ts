import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from '../context.ts'

type Package = Pick<Context, 'packageFolder'>

/** The names of the runbooks of the package. */
export async function shippedNames({ packageFolder }: Package): Promise<readonly string[]> {
  const names = await readdir(join(packageFolder, 'runbooks'))
  return names.flatMap((name) => (name.endsWith('.yaml') ? [name.slice(0, -'.yaml'.length)] : [])).toSorted()
}

export function fileOfShipped(name: string, { packageFolder }: Package): string {
  return join(packageFolder, 'runbooks', `${name}.yaml`)
}
