import { GeorepError } from '../core/errors.ts'
import type { SandboxDeps } from './deps.ts'
import { isAlive } from './process-table.ts'
import { readRecord } from './record.ts'
import { sandboxOfRecord, type Sandbox } from './sandbox.ts'

/**
 * The sandbox of that name, be its clusters up or not; undefined when there is none.
 *
 * @throws GeorepError "conflict" when a running georep owns it (a drill, or one that is just starting it)
 */
export async function openSandbox(name: string, deps: SandboxDeps): Promise<Sandbox | undefined> {
  const record = await readRecord(name, deps)
  if (record === undefined) return undefined
  if (record.owner !== null && (await isAlive(record.owner, deps.processes))) {
    throw new GeorepError('conflict', 'GR-SANDBOX-IN-USE', `sandbox "${name}" belongs to process ${record.owner.pid}`, {
      next: 'wait for that georep to end: the sandbox goes with it',
    })
  }
  return sandboxOfRecord(record, deps)
}

/** The sandbox that must be there. */
export async function existingSandbox(name: string, deps: SandboxDeps): Promise<Sandbox> {
  const sandbox = await openSandbox(name, deps)
  if (sandbox !== undefined) return sandbox
  throw new GeorepError('failed', 'GR-NO-SANDBOX', `there is no sandbox "${name}"`, {
    next: `georep sandbox up --name ${name}`,
  })
}
