import { readFile, stat } from 'node:fs/promises'
import { findConfig, type ConfigDeps } from './find.ts'
import { clusterNamePattern } from './name-pattern.ts'
import { parseYaml } from '../yaml/yaml-source.ts'

const maxBytes = 1_048_576

/**
 * The names of the clusters in georep.yaml, in its order; none where it cannot be read. For completion: quicker than `loadConfig`, and content with a
 * file that is wrong elsewhere.
 */
export async function clusterNames(flag: string | undefined, deps: ConfigDeps): Promise<readonly string[]> {
  try {
    const { file } = await findConfig(flag, deps)
    const found = await stat(file)
    if (!found.isFile() || found.size > maxBytes) return []
    const source = parseYaml(await readFile(file, 'utf8'))
    if ('length' in source) return []
    const { clusters } = source.value as { readonly clusters?: unknown }
    if (typeof clusters !== 'object' || clusters === null) return []
    return Object.keys(clusters).filter((name) => clusterNamePattern.test(name))
  } catch {
    return []
  }
}
