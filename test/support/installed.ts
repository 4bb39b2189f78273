import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import ts from 'typescript'

const root = join(import.meta.dirname, '../..')

export interface Installed {
  readonly folder: string
  readonly launcher: string
  readonly remove: () => void
}

/** A folder as npm would install it: launcher, package.json, and dist compiled from the source as it is now. */
export function installed(options: { readonly hasDist: boolean; readonly below?: readonly string[] }): Installed {
  const folder = mkdtempSync(join(tmpdir(), 'georep-installed-'))
  for (const name of ['bin', 'package.json', 'pom.xml', 'runbooks']) {
    cpSync(join(root, name), join(folder, name), { recursive: true })
  }
  if (options.hasDist) {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')
    compile(join(folder, 'dist'), options.below)
  }
  return {
    folder,
    launcher: join(folder, 'bin', 'georep'),
    remove: () => {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Without type checks, so in a second: `npm run check:types` has them. Of `below`, only what lies in these folders of src. */
export function compile(dist: string, below: readonly string[] = ['']): void {
  const src = join(root, 'src')
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), readText).config,
    ts.sys,
    root,
  )
  for (const name of readdirSync(src, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue
    if (!below.some((folder) => name.startsWith(folder))) continue
    const { outputText } = ts.transpileModule(readText(join(src, name)), {
      compilerOptions: {
        ...options,
        noEmit: false,
        module: ts.ModuleKind.ESNext,
        moduleResolution: ts.ModuleResolutionKind.Bundler,
      },
      fileName: name,
    })
    const file = join(dist, name.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, outputText)
  }
}

function readText(file: string): string {
  return readFileSync(file, 'utf8')
}
