import { withClassArchive } from './class-archive.ts'
import type { SandboxDeps } from './deps.ts'
import { resolveKafka } from './kafka.ts'
import type { Sandbox } from './sandbox.ts'
import { startSandbox, type ClusterOptions, type SandboxOptions } from './start.ts'
import { sweepAbandoned } from './sweep.ts'

/** The two clusters of the drill and of `georep sandbox up`. */
export const eastAndWest = [
  { name: 'east', region: 'us-east-1' },
  { name: 'west', region: 'us-west-2' },
] as const satisfies readonly ClusterOptions[]

/**
 * Starts a sandbox, and returns when its clusters answer. When one does not start, all is removed again.
 *
 * Sweeps first: what an earlier georep left takes memory and ports.
 *
 * @throws GeorepError "conflict" when there is a sandbox of that name
 */
export async function upSandbox<Name extends string>(
  options: SandboxOptions<Name>,
  deps: SandboxDeps,
  { signal }: { readonly signal: AbortSignal },
): Promise<Sandbox<Name>> {
  await sweepAbandoned(deps, { signal })
  const kafka = await resolveKafka(deps, { report: options.report, signal })
  return await startSandbox(options, await withClassArchive(kafka, deps, { report: options.report, signal }), deps, {
    signal,
  })
}
