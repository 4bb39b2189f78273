import { resolve } from 'node:path'
import { GeorepError } from '../../core/errors.ts'
import { matcherFromGlobs } from '../../core/glob.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import type { Commits } from '../../kafka/groups.ts'
import { placeOfKey } from '../../kafka/topic-partition.ts'
import { groupsNow } from '../../links/plan-moves.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import { ExitCode } from '../exit.ts'
import { writeNewFile } from '../new-file.ts'
import { printable } from '../printable.ts'
import { noSuchGroup } from './end-plan.ts'
import { csvOfOffsets, isOneName, type ExportedOffset } from './offsets-csv.ts'
import { openCluster } from './open-cluster.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface OffsetExportOptions extends GlobalOptions {
  readonly cluster: string
  readonly group: readonly string[]
  readonly topic: readonly string[] | undefined
  readonly format: 'json' | 'csv'
  /** Undefined: stdout. */
  readonly file: string | undefined
}

export async function runOffsetExport(options: OffsetExportOptions, context: Context): Promise<ExitCode> {
  const { io, signal, cwd, time } = context
  await using opened = await openCluster(context, options, options.cluster)
  const { cluster, clusterId } = opened
  const now = await groupsNow(cluster, matcherFromGlobs(options.group), { signal })
  if (now.listed.size === 0) throw noSuchGroup(options)
  const isTopicWanted = (topic: string): boolean => options.topic?.includes(topic) ?? true
  const offsets = [...now.listed.keys()].toSorted().flatMap((group) => {
    const commits = now.commits.get(group)
    if (commits === undefined || commits instanceof BrokerError) throw unknownCommits(group, commits)
    return exportedOf(group, commits).filter(({ topic }) => isTopicWanted(topic))
  })
  tellOfTopicsWithout(offsets, options, context)
  const data = { cluster: cluster.name, clusterId, exportedAt: time.now().toISOString(), offsets }
  const text =
    options.format === 'json'
      ? documentText('json', 'georep.offset-export/1', data)
      : csvOfOffsets(offsets, { hasGroup: !isOneName(options.group) })
  if (options.file === undefined) {
    io.out(text)
    return ExitCode.ok
  }
  const file = resolve(cwd, options.file)
  await writeNewFile(file, [text], { signal, option: '--file' })
  io.err(`exported ${offsets.length} offsets of ${now.listed.size} groups to ${printable(file)}\n`)
  return ExitCode.ok
}

/** By topic and partition: brokers tell them in no order, and two exports of the same places are to be the same file. */
export function exportedOf(group: string, commits: Commits): readonly ExportedOffset[] {
  const all = [...commits].map(([key, { offset, metadata }]) => ({ group, ...placeOfKey(key), offset, metadata }))
  return all.toSorted((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
}

/**
 * Says of which topics that are named nothing is exported.
 *
 * @throws GeorepError "failed" GR-TOPIC-UNKNOWN when nothing is exported at all
 */
function tellOfTopicsWithout(
  offsets: readonly ExportedOffset[],
  options: OffsetExportOptions,
  { io }: Pick<Context, 'io'>,
): void {
  const exported = new Set(offsets.map(({ topic }) => topic))
  const without = [...new Set(options.topic)].filter((topic) => !exported.has(topic))
  if (without.length === 0) return
  const named = without.map((topic) => `"${topic}"`).join(', ')
  const what = `no group that is meant has committed anything of ${without.length === 1 ? 'topic' : 'topics'} ${named}`
  if (exported.size > 0) io.err(`warning: ${printable(what)}\n`)
  else {
    throw new GeorepError('failed', 'GR-TOPIC-UNKNOWN', what, {
      stateNow: 'nothing was written',
      next: commandLine(options, 'offset', 'export', '--cluster', options.cluster, '--group', ...options.group),
    })
  }
}

function unknownCommits(group: string, error: BrokerError | undefined): GeorepError {
  const why = error?.message ?? 'they could not be read'
  return new GeorepError('unknown', 'GR-COMMITS-UNKNOWN', `the commits of group "${group}" are not known: ${why}`)
}
