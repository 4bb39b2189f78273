import { openSandbox } from '../../sandbox/open.ts'
import { sweepAbandoned } from '../../sandbox/sweep.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { documentText } from '../document.ts'
import { sandboxDepsOf } from './deps.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface SandboxDownOptions extends GlobalOptions {
  readonly name: string
  readonly output: OutputFormat
}

export async function runSandboxDown({ name, output }: SandboxDownOptions, context: Context): Promise<ExitCode> {
  const { io, signal } = context
  const deps = sandboxDepsOf(context)
  await sweepAbandoned(deps, { signal })
  const sandbox = await openSandbox(name, deps)
  await sandbox?.down({ signal })
  const outcome = sandbox === undefined ? 'unchanged' : 'removed'
  if (output !== 'table') io.out(documentText(output, 'georep.sandbox-down/1', { name, outcome }))
  else io.out(renderSandboxDown(name, outcome))
  return ExitCode.ok
}

function renderSandboxDown(name: string, outcome: 'removed' | 'unchanged'): string {
  return outcome === 'removed'
    ? `sandbox "${name}" is down, and its data is removed\n`
    : `there is no sandbox "${name}"; nothing was changed\n`
}
