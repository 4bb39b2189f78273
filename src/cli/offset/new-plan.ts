import { resolve } from 'node:path'
import type { OffsetPlan } from '../../core/offset-plan.ts'
import type { PlannedTopic } from '../../links/plan-moves.ts'
import { operatorText } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { writeNewFile } from '../new-file.ts'
import { printable } from '../printable.ts'
import type { GlobalOptions } from '../wiring.ts'
import { textOfPlan } from './plan-file.ts'

const expiresAfterMs = 24 * 60 * 60 * 1_000

/** A plan that is made now. Of the topics those that it touches. */
export function newPlan(
  of: Pick<OffsetPlan, 'act' | 'cluster' | 'link' | 'maySkip' | 'groups'> & {
    readonly topics: readonly PlannedTopic[]
  },
  context: Pick<Context, 'time' | 'newId' | 'user' | 'hostname'>,
): OffsetPlan {
  const { act, cluster, link, maySkip, groups } = of
  const touched = new Set<string>()
  for (const { moves } of groups) for (const { topic } of moves) touched.add(topic)
  const createdAt = context.time.now()
  return {
    id: context.newId(),
    act,
    cluster,
    link,
    createdAt,
    createdBy: operatorText(context),
    expiresAt: new Date(createdAt.getTime() + expiresAfterMs),
    maySkip,
    topics: of.topics
      .filter(({ topic }) => touched.has(topic))
      .map(({ topic, topicId, logs }) => ({ topic, topicId, partitions: logs.length })),
    groups,
  }
}

/** Writes a plan to a new file, and says on stderr what comes next. */
export async function writePlan(
  name: string,
  plan: OffsetPlan,
  options: Pick<GlobalOptions, 'config'>,
  { io, signal, cwd }: Context,
): Promise<void> {
  const file = resolve(cwd, name)
  await writeNewFile(file, [textOfPlan(plan)], { signal, option: '--plan' })
  io.err(`nothing was changed; the plan holds until ${plan.expiresAt?.toISOString() ?? ''}\n`)
  io.err(`next: ${printable(commandLine(options, 'offset', 'apply', file))}\n`)
}
