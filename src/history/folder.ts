import { isAbsolute, join, resolve } from 'node:path'

export interface HistoryDeps {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
}

/** Where run records are kept: `--history-dir`, `GEOREP_HISTORY`, else below the XDG state folder. */
export function historyFolder(flag: string | undefined, deps: HistoryDeps): string {
  return named(flag, deps) ?? join(stateFolder(deps), 'history')
}

/** Within a folder of records that was named, and none of them. */
export const runsFolderName = 'runs'

/** Where runbook runs have their journals, a folder each: beside the records, or within a folder that was named for them. */
export function runsFolder(flag: string | undefined, deps: HistoryDeps): string {
  return join(named(flag, deps) ?? stateFolder(deps), runsFolderName)
}

function named(flag: string | undefined, { env, cwd }: HistoryDeps): string | undefined {
  const folder = flag ?? env['GEOREP_HISTORY'] ?? ''
  return folder === '' ? undefined : resolve(cwd, folder)
}

function stateFolder({ env, home }: HistoryDeps): string {
  const state = env['XDG_STATE_HOME'] ?? ''
  return join(isAbsolute(state) ? state : join(home, '.local', 'state'), 'georep')
}
