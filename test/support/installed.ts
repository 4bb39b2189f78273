import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from './bundle.ts'

const root = join(import.meta.dirname, '../..')

export interface Installed {
  readonly folder: string
  readonly launcher: string
  readonly remove: () => void
}

/** A folder as npm would install it: launcher, package.json, and dist built from the source as it is now. There are no other packages. */
export function installed(options: { readonly hasDist: boolean }): Installed {
  const folder = mkdtempSync(join(tmpdir(), 'georep-installed-'))
  for (const name of ['bin', 'package.json', 'pom.xml', 'runbooks']) {
    cpSync(join(root, name), join(folder, name), { recursive: true })
  }
  if (options.hasDist) bundle(join(folder, 'dist'))
  return {
    folder,
    launcher: join(folder, 'bin', 'georep'),
    remove: () => {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
