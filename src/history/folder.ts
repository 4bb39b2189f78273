import { isAbsolute, join, resolve } from 'node:path'

export interface HistoryDeps {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
}

/** Where run records are kept: `--history-dir`, `GEOREP_HISTORY`, else below the XDG state folder. */
export function historyFolder(flag: string | undefined, { env, cwd, home }: HistoryDeps): string {
  const named = flag ?? env['GEOREP_HISTORY'] ?? ''
  if (named !== '') return resolve(cwd, named)
  const state = env['XDG_STATE_HOME'] ?? ''
  return join(isAbsolute(state) ? state : join(home, '.local', 'state'), 'georep', 'history')
}
