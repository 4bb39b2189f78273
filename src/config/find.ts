import { lstat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { GeorepError } from '../core/errors.ts'

/** What of the outer world the look-up depends on. */
export interface ConfigDeps {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
}

const configFileName = 'georep.yaml'

export interface FoundConfig {
  readonly file: string
  /** What made it this file: `--config`, `GEOREP_CONFIG`, or the search. */
  readonly by: '--config' | 'GEOREP_CONFIG' | 'search'
}

/**
 * The file to read: `--config`, `GEOREP_CONFIG`, then the nearest georep.yaml from the working directory up to the root
 * of the repository, then the user's own. Outside a repository the search goes up to the home folder, and not at all
 * from outside it: a file that somebody put into /tmp must not name the clusters of whoever works in a folder below.
 *
 * A file that was named is returned whether it exists or not; reading it tells.
 */
export async function findConfig(flag: string | undefined, { env, cwd, home }: ConfigDeps): Promise<FoundConfig> {
  if (flag !== undefined) return { file: resolve(cwd, flag), by: '--config' }
  const named = env['GEOREP_CONFIG'] ?? ''
  if (named !== '') return { file: resolve(cwd, named), by: 'GEOREP_CONFIG' }
  const folders = [...(await foldersUpward(cwd, home)), userFolder(env, home)]
  for (const folder of folders) {
    const file = join(folder, configFileName)
    if (await isThere(file)) return { file, by: 'search' }
  }
  throw new GeorepError('config', 'GR-CONFIG-MISSING', `no ${configFileName} found`, {
    stateNow: `looked in ${folders.join(', ')}`,
    next: 'write one (georep config --help shows how), or name it with --config <file>',
  })
}

async function foldersUpward(cwd: string, home: string): Promise<readonly string[]> {
  const all = [cwd]
  for (let folder = cwd; dirname(folder) !== folder; folder = dirname(folder)) all.push(dirname(folder))
  for (const [index, folder] of all.entries()) {
    if (await isThere(join(folder, '.git'))) return all.slice(0, index + 1)
  }
  const way = relative(home, cwd)
  const isBelowHome = home !== '' && !way.startsWith('..') && !isAbsolute(way)
  return isBelowHome ? all.filter((folder) => !relative(home, folder).startsWith('..')) : [cwd]
}

function userFolder(env: ConfigDeps['env'], home: string): string {
  const base = env['XDG_CONFIG_HOME'] ?? ''
  return join(isAbsolute(base) ? base : join(home, '.config'), 'georep')
}

/** A link to nothing is there too: reading it will say what is wrong, where passing over it would take another file. */
async function isThere(file: string): Promise<boolean> {
  try {
    await lstat(file)
    return true
  } catch {
    return false
  }
}
