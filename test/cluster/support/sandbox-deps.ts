import { createHash, randomUUID } from 'node:crypto'
import { homedir, hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemTime } from '../../../src/cli/system-time.ts'
import type { SandboxDeps } from '../../../src/sandbox/deps.ts'
import { systemProcesses } from '../../../src/sandbox/system-processes.ts'

const root = join(import.meta.dirname, '../../..')

/** This machine, for tests that start sandboxes. */
export function machine(env: SandboxDeps['env'] = process.env): SandboxDeps {
  return {
    env,
    home: homedir(),
    platform: process.platform,
    hostname: hostname(),
    tempFolder: tmpdir(),
    pid: process.pid,
    time: systemTime,
    newId: randomId,
    self: [process.execPath, join(root, 'dist/bin.js')],
    packageFolder: root,
    processes: systemProcesses(process.platform, (pid, signal) => process.kill(pid, signal)),
  }
}

export function randomId(): string {
  return createHash('sha256').update(randomUUID()).digest('hex').slice(0, 12)
}
