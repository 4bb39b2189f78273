import { basename } from 'node:path'
import { GeorepError, messageOf } from '../core/errors.ts'
import type { LagObjective } from '../core/lag-objectives.ts'
import { findConfig, type ConfigDeps, type FoundConfig } from './find.ts'
import { messageOfProblems, problemsFrom } from '../yaml/problems.ts'
import { readYamlText } from '../yaml/read-text.ts'
import { parseYaml, type Path, type Problem } from '../yaml/yaml-source.ts'
import { fileSchema, fileShape, type ClusterEntry, type FileContent } from './schema.ts'

export interface Defaults {
  readonly engine: 'embedded' | 'mm2'
  /** Globs of the consumer groups whose offsets a link carries. */
  readonly groups: readonly string[]
}

export interface Objectives {
  readonly rtoMs: number
  readonly rpoMs: number
  /** `undefined`: no objective. */
  readonly rpoRecords: bigint | undefined
  /** Of all mirrors and groups that have none of their own. */
  readonly lagMs: number | undefined
  readonly topics: readonly LagObjective[]
  readonly groups: readonly LagObjective[]
}

export interface Config {
  /** The file it was read from, absolute, and what made it this one. */
  readonly file: string
  readonly by: FoundConfig['by']
  /** As written, with references unresolved; `clusterSettings` makes the real thing of one. */
  readonly clusters: ReadonlyMap<string, ClusterEntry>
  readonly defaults: Defaults
  readonly objectives: Objectives
  /** `georep.yaml:4:7`, where the value at a path is written; `undefined` for one that is not in the file. */
  readonly whereIs: (path: Path) => string | undefined
}

export const builtIn = {
  engine: 'embedded',
  groups: ['*'],
  rtoMs: 60_000,
  rpoMs: 5_000,
} as const

/**
 * Finds, reads and checks georep.yaml. `flag` is what `--config` said. Throws `GeorepError` of kind `config`:
 * GR-CONFIG-MISSING, GR-CONFIG-UNREADABLE, or GR-CONFIG-INVALID with every problem, one a line. Secrets are not read yet.
 */
export async function loadConfig(flag: string | undefined, deps: ConfigDeps): Promise<Config> {
  const found = await findConfig(flag, deps)
  const name = basename(found.file)
  const source = parseYaml(await textOf(found.file))
  if ('length' in source) throw invalid(name, source)
  if (source.value === null || source.value === undefined)
    throw invalid(name, [{ line: 1, column: 1, message: 'the file is empty' }])
  const checked = fileSchema.safeParse(source.value)
  if (!checked.success) throw invalid(name, problemsFrom(checked.error.issues, source, fileShape))
  const content: FileContent = checked.data
  return {
    ...found,
    clusters: new Map(Object.entries(content.clusters)),
    defaults: {
      engine: content.defaults?.engine ?? builtIn.engine,
      groups: content.defaults?.groups ?? builtIn.groups,
    },
    objectives: {
      rtoMs: content.objectives?.rto ?? builtIn.rtoMs,
      rpoMs: content.objectives?.rpo ?? builtIn.rpoMs,
      rpoRecords: content.objectives?.rpoRecords === undefined ? undefined : BigInt(content.objectives.rpoRecords),
      lagMs: content.objectives?.lag,
      topics: lagObjectives(content.objectives?.topics),
      groups: lagObjectives(content.objectives?.groups),
    },
    whereIs: (path) => {
      if (!source.has(path)) return undefined
      const { line, column } = source.valueAt(path)
      return `${name}:${line}:${column}`
    },
  }
}

function lagObjectives(own: Readonly<Record<string, { readonly lag: number }>> = {}): readonly LagObjective[] {
  return Object.entries(own).map(([glob, { lag }]) => ({ glob, lagMs: lag }))
}

async function textOf(file: string): Promise<string> {
  try {
    return await readYamlText(file)
  } catch (cause) {
    throw new GeorepError('config', 'GR-CONFIG-UNREADABLE', `"${file}" cannot be read: ${messageOf(cause)}`, {
      next: 'correct --config or GEOREP_CONFIG, or the rights of the file',
      cause,
    })
  }
}

function invalid(name: string, problems: readonly Problem[]): GeorepError {
  return new GeorepError('config', 'GR-CONFIG-INVALID', messageOfProblems(name, problems), {
    next: 'correct the file, then: georep config validate',
  })
}
