import { GeorepError, type ErrorCode } from '../core/errors.ts'
import { runCommand } from '../runbook/command.ts'
import type { Context } from './context.ts'
import { printable } from './printable.ts'

const hookTimeoutMs = 60_000

export interface Hook {
  readonly command: string
  /** For the error: `the command that is to fence the source`. */
  readonly what: string
  readonly code: ErrorCode
  readonly env: Readonly<Record<string, string | undefined>>
  /** What of its output is not repeated. */
  readonly secrets: readonly string[]
}

/**
 * Runs the operator's command by `sh -c`, and shows what it prints, line by line, without the secrets.
 *
 * @throws GeorepError "failed" for another exit code than 0, "timedOut" after a minute
 */
export async function runHook(
  { command, what, code, env, secrets }: Hook,
  { io, kill, cwd }: Pick<Context, 'io' | 'kill' | 'cwd'>,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const shell = { env, cwd, kill, secrets, timeoutMs: hookTimeoutMs }
  const { failed, isCutShort, output } = await runCommand(command, shell, { signal })
  for (const line of output.trimEnd().split('\n')) {
    if (line !== '') io.err(`  hook: ${printable(line)}\n`)
  }
  signal.throwIfAborted()
  if (failed === undefined) return
  const outcome = `${what} ${isCutShort ? 'did not end within a minute' : failed}`
  throw new GeorepError(isCutShort ? 'timedOut' : 'failed', code, outcome, {
    stateNow: 'what it has done by then georep cannot tell',
  })
}
