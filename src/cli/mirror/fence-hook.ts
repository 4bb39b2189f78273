import { GeorepError } from '../../core/errors.ts'
import type { SourceFence } from '../../engines/engine.ts'
import { runCommand } from '../../runbook/command.ts'
import type { Context } from '../context.ts'
import { printable } from '../printable.ts'
import type { FenceOption } from './fence-option.ts'

const hookTimeoutMs = 60_000

/** What the engine is to keep producers off the source with. */
export function sourceFenceOf(
  option: Exclude<FenceOption, { how: 'acl' }>,
  link: string,
  secrets: readonly string[],
  context: Context,
): Exclude<SourceFence, { how: 'acl' }>
export function sourceFenceOf(
  option: FenceOption,
  link: string,
  secrets: readonly string[],
  context: Context,
): SourceFence
export function sourceFenceOf(
  option: FenceOption,
  link: string,
  secrets: readonly string[],
  context: Context,
): SourceFence {
  if (option.how !== 'hook') return option
  return {
    how: 'hook',
    run: async (action, topics, { signal }) => {
      const env = { ...context.env, GEOREP_LINK: link, GEOREP_TOPICS: topics.join('\n'), GEOREP_ACTION: action }
      await runHook(option.command, { action, env, secrets, signal, context })
    },
  }
}

/**
 * Runs the operator's command, and shows what it prints, line by line, without the secrets of georep.yaml.
 *
 * @throws GeorepError "failed" GR-FENCE-HOOK for another exit code than 0, "timedOut"
 */
async function runHook(
  command: string,
  given: {
    readonly action: string
    readonly env: Readonly<Record<string, string | undefined>>
    readonly secrets: readonly string[]
    readonly signal: AbortSignal
    readonly context: Pick<Context, 'io' | 'kill' | 'cwd'>
  },
): Promise<void> {
  const { action, env, secrets, signal, context } = given
  const shell = { env, cwd: context.cwd, kill: context.kill, secrets, timeoutMs: hookTimeoutMs }
  const { failed, isCutShort, output } = await runCommand(command, shell, { signal })
  for (const line of output.trimEnd().split('\n')) {
    if (line !== '') context.io.err(`  hook: ${printable(line)}\n`)
  }
  signal.throwIfAborted()
  if (failed === undefined) return
  const what = `the command that is to ${action} the source ${isCutShort ? 'did not end within a minute' : failed}`
  throw new GeorepError(isCutShort ? 'timedOut' : 'failed', 'GR-FENCE-HOOK', what, {
    stateNow: 'what it has done by then georep cannot tell',
  })
}

/** Everything in the settings of clusters that a command must not repeat to a terminal. */
export function secretsIn(
  settings: readonly { readonly sasl: object | undefined; readonly tls: object | undefined }[],
): readonly string[] {
  const open = new Set(['mechanism', 'username', 'ca', 'cert'])
  return settings
    .flatMap(({ sasl, tls }) => [...Object.entries(sasl ?? {}), ...Object.entries(tls ?? {})])
    .flatMap(([name, value]: readonly [string, unknown]) =>
      typeof value === 'string' && !open.has(name) ? [value] : [],
    )
}
