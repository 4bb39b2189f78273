import { existingSandbox } from '../../sandbox/open.ts'
import { sweepAbandoned } from '../../sandbox/sweep.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { documentText } from '../document.ts'
import { printable } from '../printable.ts'
import { styleOf } from '../style.ts'
import { sandboxDepsOf } from './deps.ts'
import { renderSandbox, viewOfSandbox } from './view.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface SandboxStatusOptions extends GlobalOptions {
  readonly name: string
  readonly output: OutputFormat
}

export async function runSandboxStatus({ name, output }: SandboxStatusOptions, context: Context): Promise<ExitCode> {
  const { io, signal } = context
  const deps = sandboxDepsOf(context)
  await sweepAbandoned(deps, { signal })
  const view = await viewOfSandbox(await existingSandbox(name, deps))
  if (output !== 'table') io.out(documentText(output, 'georep.sandbox/1', view))
  else {
    io.out(renderSandbox(view, styleOf(io)))
    io.err(`\nconfig: ${printable(view.config)}\n`)
  }
  return ExitCode.ok
}
