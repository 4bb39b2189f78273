import { serveWan } from '../../sandbox/wan/serve.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { sandboxDepsOf } from './deps.ts'
import type { SandboxWanOptions } from './wan.ts'

export async function runSandboxWan({ name }: SandboxWanOptions, context: Context): Promise<ExitCode> {
  await serveWan(name, sandboxDepsOf(context), context)
  return ExitCode.ok
}
