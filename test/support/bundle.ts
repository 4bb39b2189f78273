import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, extname, join } from 'node:path'

const script = join(import.meta.dirname, '../../build/bundle.mjs')

/** What `npm run build` makes, of the source as it is now. Takes a second. */
export function bundle(outDir: string, ...entry: readonly string[]): void {
  execFileSync(process.execPath, [script, '--outDir', outDir, ...entry], { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** A file that imports what it needs of src, to be run in a process of its own. */
export function bundled(entry: string): { readonly file: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'georep-bundled-'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  bundle(join(folder, 'dist'), entry)
  return {
    file: join(folder, 'dist', `${basename(entry, extname(entry))}.js`),
    remove: () => {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
