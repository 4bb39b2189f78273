import { GeorepError } from '../../core/errors.ts'
import { existingSandbox } from '../../sandbox/open.ts'
import { sweepAbandoned } from '../../sandbox/sweep.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { documentText } from '../document.ts'
import { sandboxDepsOf } from './deps.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface SandboxCutOptions extends GlobalOptions {
  readonly act: 'cut' | 'heal'
  readonly name: string
  readonly dryRun: boolean
  readonly output: OutputFormat
}

export async function runSandboxCut(
  { act, name, dryRun, output }: SandboxCutOptions,
  context: Context,
): Promise<ExitCode> {
  const { io, signal } = context
  const deps = sandboxDepsOf(context)
  if (!dryRun) await sweepAbandoned(deps, { signal })
  const { wan } = await existingSandbox(name, deps)
  if (wan === undefined) {
    throw new GeorepError('usage', 'GR-NO-WAN', `sandbox "${name}" has no WAN: nothing lies between its clusters`, {
      next: `georep sandbox down --name ${name}, then georep sandbox up --name ${name} --wan-latency 80ms`,
    })
  }
  const before = await wan.state()
  const isAlready = before === (act === 'cut' ? 'cut' : 'up')
  if (!isAlready && !dryRun) await wan[act]({ signal })
  const outcome = isAlready ? 'unchanged' : dryRun ? 'planned' : 'applied'
  if (output !== 'table') io.out(documentText(output, 'georep.sandbox-cut/1', { name, act, outcome }))
  else {
    const is = act === 'cut' ? 'cut' : 'whole'
    const text = {
      unchanged: `is ${is} already`,
      planned: act === 'cut' ? 'would be cut' : 'would be healed',
      applied: `is ${is}`,
    }
    io.out(`the WAN of sandbox "${name}" ${text[outcome]}\n`)
    const at = name === 'default' ? '' : ` --name ${name}`
    if (outcome === 'applied') io.err(`next: georep sandbox ${act === 'cut' ? 'heal' : 'status'}${at}\n`)
  }
  return ExitCode.ok
}
