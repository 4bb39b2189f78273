import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, extname, join } from 'node:path'

const script = join(import.meta.dirname, '../../build/bundle.mjs')

/** What `npm run build` makes, of the source as it is now. Takes a second. */
export function bundle(outDir: string, ...more: readonly string[]): void {
  execFileSync(process.execPath, [script, '--outDir', outDir, ...more], { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** A file that imports what it needs of src, to be run in a process of its own; as CommonJS for what the program requires. */
export function bundled(
  entry: string,
  format: 'cjs' | 'es' = 'es',
): { readonly file: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'georep-bundled-'))
  bundle(join(folder, 'dist'), '--format', format, entry)
  return {
    file: join(folder, 'dist', `${basename(entry, extname(entry))}.js`),
    remove: () => {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
