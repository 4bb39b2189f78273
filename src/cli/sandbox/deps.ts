import type { SandboxDeps } from '../../sandbox/deps.ts'
import { systemProcesses } from '../../sandbox/system-processes.ts'
import type { Context } from '../context.ts'

/** What the sandbox may use of the outer world. The one place where it is taken from the context. */
export function sandboxDepsOf(context: Context): SandboxDeps {
  const { env, home, platform, hostname, tempFolder, pid, time, newId, kill, self, packageFolder } = context
  const processes = systemProcesses(platform, kill)
  return { env, home, platform, hostname, tempFolder, pid, time, newId, processes, self, packageFolder }
}
