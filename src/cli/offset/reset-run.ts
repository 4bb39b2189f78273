import { matcherFromGlobs } from '../../core/glob.ts'
import { groupsNow, planMoves } from '../../links/plan-moves.ts'
import { placesToReset, type Place } from '../../links/reset-places.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { endPlanned, noSuchGroup, requireAppliable } from './end-plan.ts'
import { neededBy, type MoveOffsetsOptions } from './plan-options.ts'
import { openCluster } from './open-cluster.ts'

export interface OffsetResetOptions extends MoveOffsetsOptions {
  readonly cluster: string
  readonly group: readonly string[]
  readonly topic: readonly string[] | undefined
  readonly to: Place
}

export async function runOffsetReset(options: OffsetResetOptions, context: Context): Promise<ExitCode> {
  const { signal } = context
  requireAppliable(options.cluster, options, context)
  await using opened = await openCluster(context, options, options.cluster)
  const { cluster, clusterId } = opened
  const look = { signal, ...neededBy(options) }
  const now = await groupsNow(cluster, matcherFromGlobs(options.group), look)
  if (now.listed.size === 0) throw noSuchGroup(options)
  const wanted = await placesToReset(cluster, now, options.to, options.topic, look)
  const planned = await planMoves(cluster, now, wanted, look)
  return await endPlanned(
    { act: 'reset', target: { cluster }, clusterId, link: undefined, planned, maySkip: options.allowSkip },
    options,
    context,
  )
}
