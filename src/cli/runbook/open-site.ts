import { join } from 'node:path'
import { clusterSettings } from '../../config/cluster-settings.ts'
import { GeorepError } from '../../core/errors.ts'
import { planLinkClamp } from '../../engines/clamp-link.ts'
import type { LinkTarget } from '../../engines/engine.ts'
import type { ClusterSettings } from '../../kafka/settings.ts'
import { type Act, actOn, LinkSession } from '../../links/session.ts'
import type { Runbook } from '../../runbook/load.ts'
import type { Shell, Site } from '../../runbook/site.ts'
import { actOf } from '../actor.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { secretsIn } from '../mirror/fence-hook.ts'
import { salvageStore } from '../mirror/salvage-store.ts'
import { writeUndo } from '../offset/carry-out.ts'
import { planOfMoves } from '../offset/plan-of-moves.ts'
import { openLink } from '../open.ts'
import { printable } from '../printable.ts'
import type { Progress } from '../progress.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface OpenSite extends AsyncDisposable {
  readonly site: Site
  /** Takes the lock of the link, and keeps it until this is disposed of. @throws GeorepError "conflict" */
  readonly hold: () => Promise<LinkSession>
}

/**
 * The link of a runbook, opened, and checked to be between the clusters that the runbook was written for.
 *
 * @throws as `openLink`; GeorepError "config" GR-RUNBOOK-CLUSTER when they are others
 */
export async function openSite(
  runbook: Runbook,
  run: {
    readonly id: string
    readonly verb: string
    readonly isTakeOver: boolean
    readonly progress: Progress
    /** Of the run, where its files are. */
    readonly folder: string
    /** What its steps name is relative to this. */
    readonly cwd: string
  },
  options: Pick<GlobalOptions, 'config'>,
  context: Context,
): Promise<OpenSite> {
  const opened = await openLink(context, options, runbook.link)
  try {
    const { target, engine, config } = opened
    requireClusters(runbook, target)
    const ends = [target.source.name, target.destination.name]
    const settings = await Promise.all(ends.map(async (name) => await clusterSettings(config, name, context)))
    const act = actOf(context, `runbook ${run.verb} ${runbook.name}`, { takeOver: run.isTakeOver })
    const { progress, id, folder, cwd } = run
    const on = siteOn(
      { target, engine, act, settings },
      { id, folder, cwd, progress, env: context.env, config: options.config },
      context,
    )
    return {
      ...on,
      [Symbol.asyncDispose]: async () => {
        await on[Symbol.asyncDispose]()
        await opened[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await opened[Symbol.asyncDispose]()
    throw error
  }
}

/** Where steps are carried out on a link that is open. Disposing of it gives the lock back. */
export function siteOn(
  {
    target,
    engine,
    act,
    settings,
  }: Pick<Site, 'target' | 'engine'> & { readonly act: Act; readonly settings: readonly ClusterSettings[] },
  run: Pick<GlobalOptions, 'config'> & {
    readonly id: string
    readonly folder: string
    readonly cwd: string
    readonly progress: Progress
    readonly env: Shell['env']
  },
  context: Context,
): OpenSite {
  const { id, folder, cwd, progress, env, config } = run
  const { io, kill, time, signal, newId } = context
  const held: { session: LinkSession | undefined } = { session: undefined }
  return {
    site: {
      runId: id,
      target,
      engine,
      act: () => (held.session === undefined ? act : { ...act, session: held.session }),
      session: () => held.session,
      time,
      shell: { env, cwd, kill, secrets: secretsIn(settings, target.connect) },
      terminal: {
        canPrompt: io.canPrompt,
        ask: async (question, asking) => {
          progress.done()
          return await io.ask(question, asking)
        },
      },
      planClamp: async (...asked) => await planLinkClamp(engine, target, ...asked),
      keepUndo: async (name, groups) => {
        const plan = await planOfMoves(target, { act: name, groups, maySkip: false }, context)
        const file = join(folder, `offsets-${plan.id}.undo.json`)
        await writeUndo(file, plan, context)
        progress.note(`undo: ${printable(commandLine({ config }, 'offset', 'rollback', file))}`)
      },
      salvageTo: (said) => salvageStore(said, target.destination, { cwd, newId, time }),
      say: progress.note,
    },
    hold: async () => {
      const session = await LinkSession.claim(target.state, actOn(target.link.name, act), { signal })
      held.session = session
      session.keepRenewed()
      return session
    },
    [Symbol.asyncDispose]: async () => {
      await held.session?.[Symbol.asyncDispose]()
    },
  }
}

/** By the ids that the link was made with: the source may be dead. */
export function requireClusters({ clusters, name }: Runbook, { link }: LinkTarget): void {
  for (const side of ['source', 'destination'] as const) {
    const expected = clusters[side]
    if (expected === undefined || expected === link[side].clusterId) continue
    throw new GeorepError(
      'config',
      'GR-RUNBOOK-CLUSTER',
      `runbook "${name}" is for another ${side} than that of link "${link.name}"`,
      {
        // prettier-ignore
        stateNow: `it names the cluster id ${expected}, the link has ${link[side].clusterId}; nothing was changed`,
        next: 'name the right link with --set, or correct the ids under "clusters" in the runbook',
      },
    )
  }
}
