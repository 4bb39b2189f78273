import type { Command } from 'commander'
import { GeorepError } from '../../core/errors.ts'
import { everyPrincipal } from '../../core/protection.ts'
import type { ReplicationEngine } from '../../engines/engine.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import { principalName, protectedBy, type ProtectedText } from '../args.ts'
import { commandLine } from '../command-line.ts'
import type { GlobalOptions } from '../wiring.ts'

/** `--protect` and `--runner-principal`, as they were typed. */
export interface ProtectOptions {
  readonly protect: ProtectedText | undefined
  readonly runnerPrincipal: string | undefined
}

export function withProtect(command: Command, description: string): Command {
  return command
    .option('--protect <how>', description, protectedBy)
    .option(
      '--runner-principal <principal>',
      'with --protect acl: as whom its runner comes in on the destination (default: as this command does, by the user name of SASL)',
      principalName,
    )
}

/** Whose it is belongs to protecting. */
export function requireProtect(self: Command, { protect, runnerPrincipal }: ProtectOptions): void {
  if (runnerPrincipal !== undefined && protect !== 'acl') {
    self.error("error: '--runner-principal' goes with '--protect acl'")
  }
}

/**
 * The principal beside which nobody is to write to mirrors; undefined where that is not asked for. Of a link that has no runner it is anything: its engine
 * refuses it.
 *
 * @throws GeorepError "usage" GR-PRINCIPAL-UNKNOWN when it is neither said nor known
 */
export function protectFor(
  { protect, runnerPrincipal, ...options }: ProtectOptions & Pick<GlobalOptions, 'config'> & { readonly name: string },
  { name, principal }: Pick<Cluster, 'name' | 'principal'>,
  { capabilities }: Pick<ReplicationEngine, 'capabilities'>,
  verb: 'create' | 'alter',
): string | undefined {
  if (protect !== 'acl') return undefined
  const known = runnerPrincipal ?? principal
  if (known !== undefined) return known
  if (!capabilities.needsRunner) return everyPrincipal
  const message = `as whom the runner comes in on cluster "${name}" is not known: the properties of its entry do not tell`
  throw new GeorepError('usage', 'GR-PRINCIPAL-UNKNOWN', message, {
    stateNow: 'nothing was changed',
    next: commandLine(options, 'link', verb, options.name, '--protect', 'acl', '--runner-principal', 'User:<name>'),
  })
}

/** The same, as it would be typed. */
export function protectWords({ protect, runnerPrincipal }: ProtectOptions): readonly string[] {
  return [
    ...(protect === undefined ? [] : ['--protect', protect]),
    ...(runnerPrincipal === undefined ? [] : ['--runner-principal', runnerPrincipal]),
  ]
}
