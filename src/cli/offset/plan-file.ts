import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { z } from 'zod'
import { GeorepError, messageOf } from '../../core/errors.ts'
import { offset } from '../../core/offset.ts'
import type { Move, OffsetPlan, PlannedCommit } from '../../core/offset-plan.ts'
import { portionsOf } from '../../core/portions.ts'
import { whyNotRead } from '../../core/readable.ts'
import { partitionKey, type TopicPartition } from '../../kafka/topic-partition.ts'

// A plan on disk: one document, a group a line, closed by a hash of what stands before it, so that a file that was cut off or changed by hand is not taken
// for a plan.

const schema = 'georep.offset-plan/1'
const largestFile = 256 * 1024 * 1024
const groupsInPart = 50
/** `,"sha256":"…"}` and a line end. */
const closingBytes = 78

const largestOffset = 2n ** 63n - 1n
export const offsetText = z.string().regex(/^\d{1,19}$/).refine((text) => BigInt(text) <= largestOffset, 'too large') // prettier-ignore
const place = z.strictObject({ offset: offsetText, metadata: z.string().optional() }).nullable()
const document = z.strictObject({
  schema: z.literal(schema),
  data: z.strictObject({
    id: z.string().regex(/^[a-z0-9]{1,40}$/),
    act: z.enum(['reset', 'import', 'clamp', 'translate', 'undo']),
    cluster: z.strictObject({ name: z.string().min(1), clusterId: z.string().min(1) }),
    link: z.string().min(1).nullable(),
    createdAt: z.iso.datetime(),
    createdBy: z.string(),
    expiresAt: z.iso.datetime().nullable(),
    maySkip: z.boolean(),
    topics: z.array(z.strictObject({ topic: z.string().min(1), topicId: z.string().regex(/^[0-9a-f]{32}$/), partitions: z.int().min(1) })), // prettier-ignore
    groups: z.array(
      z.strictObject({
        group: z.string(),
        moves: z.array(z.strictObject({ topic: z.string().min(1), partition: z.int().min(0), from: place, to: place })),
      }),
    ),
  }),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

/** The plan as text, a group a line. */
export function textOfPlan(plan: OffsetPlan): string {
  return [...partsOfPlan(plan)].join('')
}

/**
 * The text in parts, each made when it is wanted: of many groups it takes a while, and others may have their turn.
 *
 * @throws GeorepError "refused" GR-PLAN-SIZE when it becomes so large that it would not be read again: a way back that nobody can go is none
 */
export function* partsOfPlan(plan: OffsetPlan, largest = largestFile): Generator<string> {
  const hash = createHash('sha256')
  let left = largest - closingBytes
  const hashed = (part: string): string => {
    left -= Buffer.byteLength(part)
    if (left < 0) throw tooLarge(plan, largest)
    hash.update(part)
    return part
  }
  const { groups, ...head } = plan
  const data = {
    ...head,
    link: plan.link ?? null,
    createdAt: plan.createdAt.toISOString(),
    expiresAt: plan.expiresAt?.toISOString() ?? null,
  }
  yield hashed(`{"schema":"${schema}","data":${JSON.stringify(data).slice(0, -1)},"groups":[\n`)
  for (const [index, some] of portionsOf(groups, groupsInPart).entries()) {
    const lines = some.map(({ group, moves }) => `{"group":${JSON.stringify(group)},"moves":[${moves.map(moveText).join(',')}]}`) // prettier-ignore
    yield hashed(`${index === 0 ? '' : ',\n'}${lines.join(',\n')}`)
  }
  yield hashed('\n]}')
  yield `,"sha256":"${hash.digest('hex')}"}\n`
}

/** As JSON.stringify has it, in a fraction of the time: there are tens of thousands of them. */
function moveText({ topic, partition, from, to }: Move): string {
  return `{"topic":${JSON.stringify(topic)},"partition":${partition},"from":${commitText(from)},"to":${commitText(to)}}`
}

function commitText(commit: PlannedCommit | undefined): string {
  if (commit === undefined) return 'null'
  const metadata = commit.metadata === '' ? '' : `,"metadata":${JSON.stringify(commit.metadata)}`
  return `{"offset":"${commit.offset}"${metadata}}`
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** @throws GeorepError "usage" GR-PLAN-FILE when it cannot be read, or is not whole and as it was written */
export async function readPlan(file: string): Promise<OffsetPlan> {
  const unread = (cause: unknown): never => { throw unreadable(file, messageOf(cause), cause) } // prettier-ignore
  const found = await stat(file).catch(unread)
  const why = whyNotRead(file, found)
  if (why !== undefined) throw unreadable(file, why)
  if (found.size > largestFile) throw unreadable(file, 'it is too large to be a plan')
  const text = await readFile(file, 'utf8').catch(unread)
  const closing = /,"sha256":"([0-9a-f]{64})"\}\n$/.exec(text)
  if (closing === null) throw unreadable(file, 'it is no plan of georep, or was cut off')
  if (hashOf(text.slice(0, closing.index)) !== closing[1]) throw unreadable(file, 'it was changed after it was written')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw unreadable(file, messageOf(cause), cause)
  }
  const parsed = document.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw unreadable(file, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a plan'}`)
  }
  const { data } = parsed.data
  const twice = namedTwice(data.groups)
  if (twice !== undefined) throw unreadable(file, `it has ${twice} twice`)
  return {
    ...data,
    link: data.link ?? undefined,
    createdAt: new Date(data.createdAt),
    expiresAt: data.expiresAt === null ? undefined : new Date(data.expiresAt),
    groups: data.groups.map(({ group, moves }) => ({
      group,
      moves: moves.map(({ from, to, ...at }) => ({ ...at, from: placeOf(from), to: placeOf(to) })),
    })),
  }
}

/** Of two moves of one commit the second would find it changed, when others of its group have been moved. */
function namedTwice(
  groups: readonly { readonly group: string; readonly moves: readonly TopicPartition[] }[],
): string | undefined {
  // prettier-ignore
  const names = new Set<string>()
  for (const { group, moves } of groups) {
    if (names.has(group)) return `group "${group}"`
    names.add(group)
    const keys = new Set<string>()
    for (const move of moves) {
      const key = partitionKey(move)
      if (keys.has(key)) return `${key} of group "${group}"`
      keys.add(key)
    }
  }
  return undefined
}

function placeOf(one: z.infer<typeof place>): PlannedCommit | undefined {
  return one === null ? undefined : { offset: offset(BigInt(one.offset)), metadata: one.metadata ?? '' }
}

function tooLarge({ act, groups }: OffsetPlan, largest: number): GeorepError {
  const what = `the plan of ${groups.length} groups would be larger than ${largest / 1_048_576} MiB, and could not be read again`
  return new GeorepError('refused', 'GR-PLAN-SIZE', act === 'undo' ? `the way back: ${what}` : what, {
    stateNow: 'nothing was changed',
    next: 'name fewer groups with --group, and the others after them',
  })
}

function unreadable(file: string, why: string, cause?: unknown): GeorepError {
  return new GeorepError('usage', 'GR-PLAN-FILE', `"${file}" cannot be taken for a plan: ${why}`, {
    stateNow: 'nothing was changed',
    cause,
  })
}
