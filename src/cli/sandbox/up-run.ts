import { openSandbox } from '../../sandbox/open.ts'
import type { SandboxCluster } from '../../sandbox/sandbox.ts'
import { sweepAbandoned } from '../../sandbox/sweep.ts'
import { eastAndWest, upSandbox } from '../../sandbox/up.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { jsonDocument } from '../json.ts'
import { printable } from '../printable.ts'
import { openProgress, type Progress } from '../progress.ts'
import { styleOf } from '../style.ts'
import { sandboxDepsOf } from './deps.ts'
import type { SandboxUpOptions } from './up.ts'
import { renderSandbox, viewOfSandbox, type SandboxView } from './view.ts'

export type UpOutcome = 'started' | 'restarted' | 'unchanged'

export async function runSandboxUp({ name, output }: SandboxUpOptions, context: Context): Promise<ExitCode> {
  const { io, signal } = context
  const deps = sandboxDepsOf(context)
  const progress = await openProgress(io)
  try {
    await sweepAbandoned(deps, { signal })
    const found = await openSandbox(name, deps)
    const sandbox =
      found ??
      (await upSandbox({ name, clusters: eastAndWest, isOwned: false, report: progress.step }, deps, { signal }))
    const outcome = found === undefined ? 'started' : await bringUp(Object.values(found.clusters), progress, { signal })
    const view = await viewOfSandbox(sandbox)
    progress.done(textOfOutcome(name, outcome))
    if (output === 'json') io.out(jsonDocument('georep.sandbox/1', { outcome, ...view }))
    else {
      io.out(renderSandbox(view, styleOf(io)))
      io.err(renderSandboxUp(view))
    }
    return ExitCode.ok
  } catch (error) {
    progress.fail()
    throw error
  }
}

/** Starts again what is down, and continues what is paused. */
async function bringUp(
  clusters: readonly SandboxCluster[],
  progress: Progress,
  { signal }: { readonly signal: AbortSignal },
): Promise<UpOutcome> {
  const states = await Promise.all(clusters.map(async (cluster) => ({ cluster, state: await cluster.state() })))
  for (const { cluster, state } of states) {
    if (state === 'up') continue
    progress.step(`${state === 'down' ? 'starting' : 'continuing'} "${cluster.name}"`)
    await (state === 'down' ? cluster.restart({ signal }) : cluster.resume({ signal }))
  }
  return states.every(({ state }) => state === 'up') ? 'unchanged' : 'restarted'
}

function textOfOutcome(name: string, outcome: UpOutcome): string {
  return {
    started: `sandbox "${name}" is up`,
    restarted: `sandbox "${name}" is up again`,
    unchanged: `sandbox "${name}" is up already; nothing was changed`,
  }[outcome]
}

/** What to do with it. For stderr: the table is the data. */
export function renderSandboxUp({ config, name }: SandboxView): string {
  const file = printable(config)
  const down = name === 'default' ? 'georep sandbox down' : `georep sandbox down --name ${name}`
  return [
    '',
    `config: ${file}`,
    `next:   georep --config ${file} link create east-west`,
    `        georep --config ${file} link run east-west`,
    `        ${down}`,
    '',
  ].join('\n')
}
