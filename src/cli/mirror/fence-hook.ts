import type { ConnectCluster } from '../../connect/connect-cluster.ts'
import type { SourceFence } from '../../engines/engine.ts'
import type { Context } from '../context.ts'
import { runHook } from '../hook.ts'
import type { FenceOption } from './fence-option.ts'

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
      const what = `the command that is to ${action} the source`
      await runHook({ command: option.command, what, code: 'GR-FENCE-HOOK', env, secrets }, context, { signal })
    },
  }
}

/** Everything in the settings of clusters, and of the Kafka Connect that carries a link, that a command must not repeat to a terminal. */
export function secretsIn(
  settings: readonly { readonly sasl: object | undefined; readonly tls: object | undefined }[],
  connect?: Pick<ConnectCluster, 'settings'>,
): readonly string[] {
  const open = new Set(['mechanism', 'username', 'ca', 'cert'])
  const { credentials: sasl, tls } = connect?.settings ?? {}
  return [...settings, { sasl, tls }]
    .flatMap(({ sasl, tls }) => [...Object.entries(sasl ?? {}), ...Object.entries(tls ?? {})])
    .flatMap(([name, value]: readonly [string, unknown]) => (open.has(name) ? [] : textsIn(value)))
}

/** Of what has other settings within it, such as SASL extensions, every value. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return []
  return Object.values(value as Readonly<Record<string, unknown>>).flatMap(textsIn)
}
