import { access } from 'node:fs/promises'
import type { SandboxDeps } from './deps.ts'
import { scopeOf } from './folders.ts'
import { isAlive } from './process-table.ts'
import { readRecords, removeStaleDrafts, type SandboxRecord } from './record.ts'
import { endProcesses, removeSandbox } from './remove.ts'

/**
 * Removes what a georep left that was killed: sandboxes whose owner is gone, with their processes and folders, and
 * processes that no record tells of. Answers the names of the sandboxes that were removed.
 *
 * Sandboxes without an owner (`georep sandbox up`) stay, and so do those of another host that shares the home folder.
 */
export async function sweepAbandoned(
  deps: SandboxDeps,
  { signal }: { readonly signal: AbortSignal },
): Promise<readonly string[]> {
  // Processes first: a record is there before its first process and until after its last, so that a process seen
  // before the records were read, and not told of by them, is nobody's.
  const marked = await deps.processes.marked()
  const { records, unreadable } = await readRecords(deps)
  const ids = new Set(records.map(({ id }) => id))
  const scope = scopeOf(deps)
  const strays = marked.filter(
    ({ marker }) => marker.scope === scope && !ids.has(marker.id) && !unreadable.includes(marker.sandbox),
  )
  await endProcesses(strays, deps, { graceMs: 0, signal })
  const removed: string[] = []
  for (const record of records) {
    if (!(await isAbandoned(record, deps))) continue
    await removeSandbox(record, deps, { graceMs: 0, signal })
    removed.push(record.name)
  }
  await removeStaleDrafts(deps)
  return removed
}

/** Whether the sandbox had an owner that is gone. */
async function isAbandoned(record: SandboxRecord, deps: SandboxDeps): Promise<boolean> {
  if (record.owner === null || (await isAlive(record.owner, deps.processes))) return false
  return record.hostname === deps.hostname || (await isHere(record))
}

/** A host's name may change; its folder for temporary files is no other host's. */
async function isHere(record: SandboxRecord): Promise<boolean> {
  return await access(record.folder).then(
    () => true,
    () => false,
  )
}
