import { serveWan } from '../../sandbox/wan/serve.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { sandboxDepsOf } from './deps.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface SandboxWanOptions extends GlobalOptions {
  readonly name: string
}

export async function runSandboxWan({ name }: SandboxWanOptions, context: Context): Promise<ExitCode> {
  const { signal, io } = context
  const say = (line: string): void => {
    io.err(`${line}\n`)
  }
  await serveWan(name, sandboxDepsOf(context), { signal, say })
  return ExitCode.ok
}
