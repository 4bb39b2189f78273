import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { GeorepError, messageOf } from '../../core/errors.ts'
import { whyNotRead } from '../../core/readable.ts'
import { matcherFromGlobs } from '../../core/glob.ts'
import { offset } from '../../core/offset.ts'
import { groupsNow, planMoves, type PlacesOfGroups, wantedAt, type WantedPlace } from '../../links/plan-moves.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { endPlanned, requireAppliable } from './end-plan.ts'
import { type ExportedOffset, isOneName, offsetsOfCsv } from './offsets-csv.ts'
import { neededBy, type MoveOffsetsOptions } from './plan-options.ts'
import { openCluster } from './open-cluster.ts'
import { offsetText } from './plan-file.ts'

export interface OffsetImportOptions extends MoveOffsetsOptions {
  readonly file: string
  readonly cluster: string
  readonly group: readonly string[] | undefined
}

export async function runOffsetImport(options: OffsetImportOptions, context: Context): Promise<ExitCode> {
  const { signal } = context
  requireAppliable(options.cluster, options, context)
  const isWanted = matcherFromGlobs(options.group ?? ['*'])
  const offsets = (await readOffsets(options, context)).filter(({ group }) => isWanted(group))
  const wanted = placesOf(offsets, options.file)
  if (wanted.size === 0) throw new GeorepError('failed', 'GR-GROUP-UNKNOWN', `"${options.file}" has no offset of a group that is meant`, { stateNow: 'nothing was changed' }) // prettier-ignore
  await using opened = await openCluster(context, options, options.cluster)
  const { cluster, clusterId } = opened
  const look = { signal, ...neededBy(options) }
  const now = await groupsNow(cluster, (group) => wanted.has(group), look)
  const planned = await planMoves(cluster, now, wantedAt(wanted), look)
  return await endPlanned(
    { act: 'import', target: { cluster }, clusterId, link: undefined, planned, maySkip: options.allowSkip },
    options,
    context,
  )
}

async function readOffsets(options: OffsetImportOptions, { cwd }: Context): Promise<readonly ExportedOffset[]> {
  const file = resolve(cwd, options.file)
  const text = await textOf(file).catch((cause: unknown) => { throw unreadable(file, messageOf(cause)) }) // prettier-ignore
  if (!text.trimStart().startsWith('{')) {
    const group = options.group !== undefined && isOneName(options.group) ? options.group[0] : undefined
    const offsets = offsetsOfCsv(text, group)
    if (typeof offsets === 'string') throw unreadable(file, offsets)
    return offsets
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw unreadable(file, messageOf(cause))
  }
  const parsed = document.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw unreadable(file, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
  }
  return parsed.data.data.offsets.map((one) => ({ ...one, offset: offset(BigInt(one.offset)) }))
}

/** @throws Error when it is not UTF-8: the name of a group would become that of another, which is then made */
async function textOf(file: string): Promise<string> {
  const why = whyNotRead(file, await stat(file))
  if (why !== undefined) throw new Error(why)
  return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
}

/** What other versions add is let pass. */
const document = z.object({
  schema: z.literal('georep.offset-export/1'),
  data: z.object({
    offsets: z.array(
      z.object({
        group: z.string(),
        topic: z.string().min(1),
        partition: z.int().min(0),
        offset: offsetText,
        metadata: z.string().default(''),
      }),
    ),
  }),
})

function placesOf(offsets: readonly ExportedOffset[], file: string): PlacesOfGroups {
  const wanted = new Map<string, Map<string, WantedPlace>>()
  for (const { group, topic, partition, offset, metadata } of offsets) {
    const places = wanted.get(group) ?? new Map<string, WantedPlace>()
    const key = `${topic}/${partition}`
    if (places.has(key)) throw unreadable(file, `group "${group}" has two offsets for ${key}`)
    wanted.set(group, places.set(key, { topic, partition, to: { offset, metadata } }))
  }
  return new Map([...wanted].map(([group, places]) => [group, [...places.values()]]))
}

function unreadable(file: string, why: string): GeorepError {
  return new GeorepError('usage', 'GR-OFFSETS-FILE', `"${file}" cannot be taken for offsets: ${why}`, {
    stateNow: 'nothing was changed',
  })
}
